import type { Observer } from '@arcp/protocol/observe'
import { gate, type ScriptedPeer, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { agentOf } from '../testing/agents'
import { drive, harness, submitted } from '../testing/harness'
import { storeThat } from '../testing/store-that'
import { expectNoUnhandled } from '../testing/unhandled'
import type { AgentContext } from './context'

expectNoUnhandled()

/** A job that runs, or waits behind one that does, and whatever may end it. As a child it stands below another job. */
async function stage({ queued, isChild = false }: { queued: boolean; isChild?: boolean }) {
  const clock = new TestClock()
  const end = gate<unknown>()
  const ahead = gate<unknown>()
  const parentsEnd = gate()
  let ctx: AgentContext | undefined
  let isStoreBroken = false
  const store = storeThat((inner) => ({
    append(batches) {
      return isStoreBroken ? Promise.reject(new Error('disk full')) : inner.append(batches)
    },
  }))
  const raced = agentOf('raced', (_, context) => {
    ctx = context
    return end.promise
  })
  const blocking = agentOf('blocking', () => ahead.promise)
  const parent = agentOf('parent', async (_, context) => {
    if (queued) await context.delegate('blocking', null)
    await context.delegate('raced', null, { expiresInS: 1_000, maxRuntimeSec: 100 })
    await parentsEnd.promise
  })
  const limits = { runningJobs: 1, logEvents: 10 }
  const ended: unknown[] = []
  const observe: Observer = {
    observe(seen) {
      if (seen.type === 'job.ended' && seen.job.agent === 'raced@1.0.0') ended.push(seen.cause)
    },
  }
  const h = harness({ clock, store, observe, agents: [raced, blocking, parent], limits })
  const [peer, other] = [await drive(clock, h.connect()), await drive(clock, h.connect())]
  if (queued && !isChild) await drive(clock, submitted(peer, { agent: 'blocking' }))
  const submit = isChild
    ? { agent: 'parent', lease_request: { 'agent.delegate': ['*'] } }
    : { agent: 'raced', max_runtime_sec: 100, lease_constraints: { expires_in_s: 1_000 } }
  const accepted = await drive(clock, submitted(peer, submit))
  await clock.settle()
  const job_id = isChild ? childOf(peer, 'raced@1.0.0') : accepted.job_id
  if (isChild) peer.request('job.subscribe', { job_id, after_seq: 0 })
  await clock.settle()
  let closing: Promise<void> | undefined
  const causes = {
    returned: () => end.open('done'),
    threw: () => end.fail(new Error('a secret')),
    parent: () => parentsEnd.open(),
    cancel: () => void peer.request('job.cancel', { job_id, reason: 'stop' }),
    timeout: () => clock.elapse(100_000),
    lease_expired: () => {
      clock.jumpWall(1_000_000)
      return clock.elapse(1_000)
    },
    shutdown: () => {
      closing = h.runtime.close()
    },
    emit_overflow: () => {
      for (let current = 0; current < 30; current++) void ctx?.progress({ current })
    },
    store_failed: async () => {
      isStoreBroken = true
      // Something has to be written for the store to fail at it.
      for (const owner of [other, peer]) {
        owner.request('job.submit', { resume_token: accepted.payload.resume_token })
        await clock.settle()
      }
      await clock.elapse(40_000)
    },
  }
  return {
    peer,
    job_id,
    ctx: () => ctx,
    ended,
    async cause(name: keyof typeof causes) {
      await causes[name]()
      await clock.settle()
    },
    /** Everything is let go; the terminals of the job. */
    async terminals() {
      isStoreBroken = false
      await clock.elapse(60_000)
      end.open('too late')
      ahead.open('over')
      parentsEnd.open()
      await drive(clock, closing ?? h.runtime.close())
      const told = peer.frames.filter(
        ({ type, job_id: of }) => of === job_id && /^job\.(completed|failed|cancelled)$/.test(type),
      )
      // Whoever takes up an ended job is told its end again, as it was.
      return [...new Map(told.map((frame) => [JSON.stringify(frame.payload), frame])).values()]
    },
  }
}

/** The child of this agent that was last told of. */
function childOf({ frames }: ScriptedPeer, agent: string): string | undefined {
  const told = frames.findLast(({ type, payload }) => type === 'job.delegate' && payload.agent === agent)
  return told?.payload.child_job_id as string | undefined
}

const failed = (error: object) => ({ type: 'job.failed', payload: { error } })
const internal = (reason: string) => failed({ code: 'INTERNAL_ERROR', retryable: true, details: { reason } })

const terminalOf = {
  returned: { type: 'job.completed', payload: { result: 'done' } },
  threw: failed({ code: 'INTERNAL_ERROR', message: 'the agent failed unexpectedly' }),
  cancel: { type: 'job.cancelled', payload: { reason: 'stop' } },
  parent: { type: 'job.cancelled', payload: { reason: 'parent_ended' } },
  timeout: failed({ code: 'TIMEOUT', retryable: false }),
  lease_expired: failed({ code: 'LEASE_EXPIRED', retryable: false }),
  shutdown: internal('shutdown'),
  emit_overflow: internal('emit_overflow'),
  store_failed: internal('store_failed'),
}

/** What the agent's signal tells; nothing of what the agent did itself. */
const abortOf = {
  returned: undefined,
  threw: undefined,
  cancel: { code: 'CANCELLED', message: 'stop' },
  parent: { code: 'CANCELLED', message: 'the parent has ended' },
  timeout: { code: 'TIMEOUT' },
  lease_expired: { code: 'LEASE_EXPIRED' },
  shutdown: { details: { reason: 'shutdown' } },
  emit_overflow: { details: { reason: 'emit_overflow' } },
  store_failed: { details: { reason: 'store_failed' } },
}

type Cause = keyof typeof terminalOf

function pairsOf(causes: readonly Cause[]): [Cause, Cause][] {
  return causes.flatMap((first) =>
    causes.filter((second) => second !== first).map((second): [Cause, Cause] => [first, second]),
  )
}

describe('R-LIF-6: of two causes that end a running job the first counts', () => {
  it.each(pairsOf(Object.keys(terminalOf) as Cause[]))('%s before %s', async (first, second) => {
    const { cause, terminals, ctx, ended } = await stage({
      queued: false,
      isChild: [first, second].includes('parent'),
    })
    await cause(first)
    await cause(second)
    // What the store did not take by the time the runtime closed is told to nobody.
    const isUnwritten = first === 'shutdown' && second === 'store_failed'
    expect(await terminals()).toMatchObject(isUnwritten ? [] : [terminalOf[first]])
    expect(ended).toEqual([first])
    const { aborted, reason } = (ctx() as AgentContext).signal
    expect(aborted).toBe(abortOf[first] !== undefined)
    if (aborted) expect(reason).toMatchObject(abortOf[first] as object)
  })
})

describe('R-LIF-6: of two causes that end a job that waits the first counts', () => {
  it.each(pairsOf(['cancel', 'parent', 'lease_expired', 'shutdown', 'store_failed']))(
    '%s before %s',
    async (first, second) => {
      const { cause, terminals, ctx, ended } = await stage({
        queued: true,
        isChild: [first, second].includes('parent'),
      })
      await cause(first)
      await cause(second)
      expect(await terminals()).toMatchObject([terminalOf[first]])
      expect(ended).toEqual([first])
      expect(ctx(), 'its agent was never called').toBeUndefined()
    },
  )
})

describe('a cancel is acknowledged with the state it finds', () => {
  it.each([
    ['returned', 'completed'],
    ['threw', 'failed'],
    ['parent', 'running'],
    ['timeout', 'running'],
    ['lease_expired', 'running'],
    ['shutdown', 'running'],
    ['emit_overflow', 'failed'],
    ['store_failed', 'failed'],
  ] as const)('after %s: %s', async (first, status) => {
    const { peer, cause, terminals, job_id } = await stage({ queued: false, isChild: first === 'parent' })
    await cause(first)
    await cause('cancel')
    expect((await peer.next('job.cancel_accepted')).payload).toMatchObject({ job_id, status })
    expect(await terminals()).toMatchObject([terminalOf[first]])
  })
})
