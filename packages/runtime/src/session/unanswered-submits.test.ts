import { gate, type RawFrame } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { agentOf, echo } from '../testing/agents'
import { harness, refusal } from '../testing/harness'
import { heldTransport } from '../testing/held-transport'
import { storeThat } from '../testing/store-that'
import { waitUntil } from '../testing/wait-until'

/** A hello that resumes with no job to name. */
function resuming({ session_id, payload }: RawFrame) {
  return { resume: { session_id, resume_token: payload.resume_token, last_event_seq: 0, cursors: {} } }
}

describe('a submit whose answer was lost with its connection', () => {
  it('is answered again with every event, however many there were meanwhile (R-NUM-15)', async () => {
    const events = 100
    let emitted = 0
    const chatty = agentOf('chatty', async (_, ctx) => {
      while (emitted < events) await ctx.progress({ current: emitted++ })
    })
    await using h = harness({ agents: [chatty], limits: { logEvents: 10 } })
    let hold = () => {}
    const first = h.dial((far) => {
      const transport = heldTransport(far)
      hold = () => transport.hold()
      return transport
    })
    const welcome = await first.hello()
    hold()
    const id = first.request('job.submit', { agent: 'chatty' })
    await waitUntil(() => emitted >= 9)
    await first.close()

    const second = h.dial()
    await second.hello(resuming(welcome))
    second.request('session.ping', { nonce: 'first' })
    await second.next('session.pong')
    second.request('job.submit', { agent: 'chatty' }, { id })
    expect((await second.next('job.accepted')).payload).toMatchObject({ request_id: id, first_seq: 1 })
    await second.next('job.completed')
    const seqs = second.frames.filter((f) => f.event_seq !== undefined).map(({ payload }) => payload.seq)
    expect(seqs).toEqual(Array.from({ length: events + 4 }, (_, i) => i + 1))
  })

  it('holds nothing up once the client knows the job and no longer names it', async () => {
    let emitted = 0
    const chatty = agentOf('chatty', async (_, ctx) => {
      for (; emitted < 100; emitted++) await ctx.progress({ current: emitted })
    })
    const start = gate()
    const later = agentOf('later', async (input, ctx) => {
      await start.promise
      return chatty.run(input, ctx)
    })
    await using h = harness({ agents: [later], limits: { logEvents: 10 } })
    const first = h.dial()
    const welcome = await first.hello()
    first.request('job.submit', { agent: 'later' })
    const { event_seq } = await first.next('job.started')
    await first.close()
    const second = h.dial()
    const { resume } = resuming(welcome)
    await second.hello({ resume: { ...resume, last_event_seq: event_seq } })
    start.open()
    await waitUntil(() => emitted === 100)
  })

  it('is not one more of those that may wait when it is sent again', async () => {
    const written = gate()
    const store = storeThat((inner) => ({
      async createJob(record) {
        await written.promise
        await inner.createJob(record)
      },
    }))
    await using h = harness({ agents: [echo], store, limits: { pendingSubmits: 2 } })
    const first = h.dial()
    const welcome = await first.hello()
    const ids = [
      first.request('job.submit', { agent: 'echo' }),
      first.request('job.submit', { agent: 'echo' }),
    ]
    first.request('session.ping', { nonce: 'taken' })
    await first.next('session.pong')
    await first.close()

    const second = h.dial()
    await second.hello(resuming(welcome))
    for (const id of [...ids, ...ids]) second.request('job.submit', { agent: 'echo' }, { id })
    second.request('job.submit', { agent: 'echo' }, { id: 'third' })
    expect(await refusal(second, 'third')).toMatchObject({ details: { reason: 'pending_submits', limit: 2 } })
    written.open()
    await second.next('job.completed')
    await second.next('job.completed')
    const answers = second.frames.filter(({ payload }) => ids.includes(payload.request_id as string))
    expect(answers.map(({ type }) => type)).toEqual(['job.accepted', 'job.accepted'])
  })

  it('is refused once: what was refused over the old connection is decided anew over the next', async () => {
    const written = gate()
    let failures = 1
    let runs = 0
    const store = storeThat((inner) => ({
      async createJob(record) {
        if (failures-- > 0) await written.promise
        await inner.createJob(record)
      },
    }))
    const counted = agentOf('counted', () => ++runs)
    await using h = harness({ agents: [counted], store })
    const first = h.dial()
    const welcome = await first.hello()
    const id = first.request('job.submit', { agent: 'counted' })
    first.request('session.ping', { nonce: 'taken' })
    await first.next('session.pong')
    await first.close()

    const second = h.dial()
    await second.hello(resuming(welcome))
    written.fail(new Error('disk full'))
    let turns = 0
    await waitUntil(() => turns++ === 1)
    second.request('job.submit', { agent: 'counted' }, { id })
    await second.next('job.completed')
    const answers = second.frames.filter(({ payload }) => payload.request_id === id)
    expect(answers.map(({ type }) => type)).toEqual(['job.accepted'])
    expect(runs).toBe(1)
  })

  it('is answered each time it comes, also right behind the answer', async () => {
    await using h = harness({ agents: [echo] })
    const submit = { arcp: '1.1', id: 'mine', type: 'job.submit', payload: { agent: 'echo' } }
    let comesAgain = true
    const peer = await h.connect({}, (far) => {
      let toRuntime = (_: string) => {}
      return {
        start(handler) {
          toRuntime = (text) => handler.frame(text)
          far.start(handler)
        },
        send(frames) {
          far.send(frames)
          if (!comesAgain || !frames.some((text) => text.includes('job.accepted'))) return
          comesAgain = false
          queueMicrotask(() => toRuntime(JSON.stringify(submit)))
        },
        close: (code, reason) => far.close(code, reason),
        get bufferedBytes() {
          return far.bufferedBytes
        },
      }
    })
    peer.send(submit)
    const [first, second] = [await peer.next('job.accepted'), await peer.next('job.accepted')]
    expect(second.payload).toEqual(first.payload)
  })
})
