import { gate, type RawFrame, type ScriptedPeer, TestClock } from '@arcp/testkit'
import { expect, it } from 'vitest'
import { agentOf, echo } from '../testing/agents'
import { drive, harness, outcome, refusal, submitted, terminalOf } from '../testing/harness'
import { storeThat } from '../testing/store-that'
import { waitUntil } from '../testing/wait-until'

const LOG_EVENTS = 8

/** An agent that says as much as it is told to, and a store that takes long to write down any other's job. */
function open() {
  const written = gate()
  let said = 0
  let until = 0
  const chatty = agentOf('chatty', async (_, ctx) => {
    for (; said < 30; said++) {
      await waitUntil(() => said < until)
      await ctx.progress({ current: said })
    }
  })
  const store = storeThat((inner) => ({
    async createJob(record) {
      if (record.agent === 'echo@1.0.0') await written.promise
      await inner.createJob(record)
    },
  }))
  const h = harness({ agents: [chatty, echo], store, limits: { logEvents: LOG_EVENTS } })
  return {
    h,
    written,
    said: () => said,
    sayUpTo: (count: number) => {
      until = count
    },
  }
}

/** What a peer was sent of the job behind the answer to a request. */
async function seqsBehind(
  peer: ScriptedPeer,
  requestId: string,
): Promise<{ answer: RawFrame; seqs: unknown[] }> {
  const answer = await peer.next(({ payload }) => payload.request_id === requestId)
  await terminalOf(peer, answer.job_id)
  const behind = peer.frames.slice(peer.frames.indexOf(answer))
  const events = behind.filter((f) => f.job_id === answer.job_id && f.event_seq !== undefined)
  expect(behind.map(({ type }) => type)).not.toContain('job.unsubscribed')
  return { answer, seqs: events.map(({ payload }) => payload.seq) }
}

it('all that is held is what is held when the answer comes, however long an earlier submit takes', async () => {
  const { h, written, said, sayUpTo } = open()
  await using _ = h
  const peer = await h.connect()
  const { payload } = await submitted(peer, { agent: 'chatty' })
  sayUpTo(LOG_EVENTS * 2)
  await peer.next(({ payload: { current } }) => current === LOG_EVENTS * 2 - 1)
  peer.request('job.submit', { agent: 'echo' })
  const id = peer.request('job.submit', { resume_token: payload.resume_token, after_seq: 0 })
  sayUpTo(30)
  await waitUntil(() => said() === 30)
  written.open()
  const { answer, seqs } = await seqsBehind(peer, id)
  const first = answer.payload.first_seq as number
  expect(first).toBeGreaterThan(LOG_EVENTS)
  expect(seqs).toEqual(Array.from({ length: 34 - first + 1 }, (_, at) => first + at))
})

it('a job waits for its new owner from when it is taken over, not from when that is answered', async () => {
  const { h, written, said, sayUpTo } = open()
  await using _ = h
  const former = await h.connect()
  const { payload } = await submitted(former, { agent: 'chatty' })
  sayUpTo(4)
  await former.next(({ payload: { current } }) => current === 3)
  const owner = await h.connect()
  owner.request('job.submit', { agent: 'echo' })
  const id = owner.request('job.submit', { resume_token: payload.resume_token, after_seq: 0 })
  await former.next(({ payload: { phase } }) => phase === 'owner_changed')
  sayUpTo(30)
  let turns = 0
  await waitUntil(() => turns++ > 50)
  expect(said()).toBeLessThan(LOG_EVENTS)
  written.open()
  const { answer, seqs } = await seqsBehind(owner, id)
  expect(answer.payload.first_seq).toBe(1)
  expect(seqs).toEqual(Array.from({ length: 35 }, (_, at) => 1 + at))
})

it.each([
  ['its key', 'JOB_NOT_FOUND', () => ({ agent: 'quick', idempotency_key: 'k' })],
  ['its token', 'RESUME_WINDOW_EXPIRED', (token: unknown) => ({ resume_token: token })],
])('a job taken up by %s that is forgotten before the answer is refused with %s', async (_, code, again) => {
  const clock = new TestClock()
  const written = gate()
  const quick = agentOf('quick', () => 1)
  const store = storeThat((inner) => ({
    async createJob(record) {
      if (record.agent === 'echo@1.0.0') await written.promise
      await inner.createJob(record)
    },
  }))
  const limits = { endedJobMs: 1_000, idempotencyKeyMs: 1_000, subscriptionsPerPrincipal: 2 }
  await using h = harness({ clock, agents: [quick, echo], store, limits })
  const former = await h.connect()
  const { payload } = await drive(clock, submitted(former, { agent: 'quick', idempotency_key: 'k' }))
  await clock.settle()
  const owner = await h.connect()
  const slow = owner.request('job.submit', { agent: 'echo', input: 'slow' })
  const id = owner.request('job.submit', again(payload.resume_token))
  await clock.elapse(2_000)
  written.open()
  await clock.settle()
  const { job_id } = await owner.next(({ payload }) => payload.request_id === slow)
  expect((await terminalOf(owner, job_id)).payload.result).toBe('slow')
  expect(await refusal(owner, id)).toMatchObject({ code, retryable: false })
  expect(owner.frames.filter((frame) => frame.job_id === payload.job_id)).toEqual([])
  for (let input = 0; input < 3; input++) {
    expect((await drive(clock, outcome(owner, { agent: 'echo', input }))).payload.result).toBe(input)
  }
})
