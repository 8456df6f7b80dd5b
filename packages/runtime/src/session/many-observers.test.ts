import { setImmediate as macrotask } from 'node:timers/promises'
import { memoryPair } from '@arcp/protocol/transport'
import { gate } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { agentOf } from '../testing/agents'
import { type Harness, harness, submitted, terminalOf } from '../testing/harness'

const OBSERVERS = 1_000
const EVENTS = 1_000
/** With `job.queued`, `job.started` and `job.completed`. */
const TOLD = EVENTS + 3

/** A session that checks each event as it comes and keeps none. */
interface Observer {
  /** Resolves with how many events came, the terminal last; rejects at the first that is out of order. */
  readonly done: Promise<number>
  subscribe(jobId: string | undefined): void
}

function observe({ runtime }: Harness): Observer {
  const [near, far] = memoryPair()
  runtime.accept(far, { transport: 'memory' })
  const done = gate<number>()
  let requests = 0
  let told = 0
  const send = (type: string, payload: object) =>
    near.send([JSON.stringify({ arcp: '1.1', id: `m${requests++}`, type, payload })])
  near.start({
    frame(text) {
      const { type, event_seq, payload } = JSON.parse(text)
      if (event_seq === undefined) return
      told++
      if (event_seq !== told || payload.seq !== told) done.fail(new Error(`${text} is no number ${told}`))
      if (payload.current !== undefined && payload.current !== told - 3)
        done.fail(new Error(`${text} is wrong`))
      if (type === 'job.completed') done.open(told)
    },
    close: ({ reason }) => done.fail(new Error(`closed: ${reason}`)),
    drain() {},
  })
  send('session.hello', {
    client: { name: 'observer', version: '1.0.0' },
    auth: { scheme: 'bearer', token: 'test-token' },
    capabilities: { encodings: ['json'] },
  })
  return { done: done.promise, subscribe: (job_id) => send('job.subscribe', { job_id, after_seq: 0 }) }
}

describe('many observers', () => {
  it('each receive every event of a job, in order and once, whenever they began to follow (R-OBS-3)', async () => {
    const start = gate()
    const half = gate()
    const chatty = agentOf('chatty', async (_, ctx) => {
      await start.promise
      for (let current = 0; current < EVENTS; current++) {
        if (current === EVENTS / 2) half.open()
        await ctx.progress({ current })
      }
    })
    await using h = harness({ agents: [chatty], limits: { sessionsPerPrincipal: OBSERVERS + 1 } })
    const owner = await h.connect()
    const { job_id } = await submitted(owner, { agent: 'chatty' })
    const observers = Array.from({ length: OBSERVERS }, () => observe(h))
    // The welcomes are out: each may ask.
    await macrotask()
    await macrotask()
    const third = Math.floor(OBSERVERS / 3)
    for (const observer of observers.slice(0, third)) observer.subscribe(job_id)
    start.open()
    await half.promise
    for (const observer of observers.slice(third, 2 * third)) observer.subscribe(job_id)
    await terminalOf(owner, job_id)
    for (const observer of observers.slice(2 * third)) observer.subscribe(job_id)
    const counts = await Promise.all(observers.map(({ done }) => done))
    expect(counts).toEqual(Array.from({ length: OBSERVERS }, () => TOLD))
  }, 60_000)

  it('of which some echo what they are sent get nothing twice, and their echoes reach nobody (R-OBS-4)', async () => {
    const start = gate()
    const chatty = agentOf('chatty', async (_, ctx) => {
      await start.promise
      for (let current = 0; current < 20; current++) await ctx.progress({ current })
    })
    await using h = harness({ agents: [chatty] })
    const owner = await h.connect()
    const { job_id } = await submitted(owner, { agent: 'chatty' })
    const watchers = [await h.connect(), await h.connect()] as const
    for (const watcher of watchers) {
      watcher.request('job.subscribe', { job_id, after_seq: 0 })
      await watcher.next('job.subscribed')
    }
    const [echoing, silent] = watchers
    start.open()
    let echoes = 0
    for (;;) {
      const frame = await echoing.next(({ event_seq }) => event_seq !== undefined)
      echoing.send(frame)
      const refused = await echoing.next('session.error')
      expect(refused.payload).toMatchObject({ request_id: frame.id, code: 'INVALID_REQUEST' })
      echoes++
      if (frame.type === 'job.completed') break
    }
    expect(echoes).toBe(23)
    for (const peer of [owner, silent]) await peer.next('job.completed')
    const seqs = Array.from({ length: 23 }, (_, i) => i + 1)
    for (const peer of [owner, echoing, silent]) {
      const events = peer.frames.filter(({ event_seq }) => event_seq !== undefined)
      expect(events.map(({ payload }) => payload.seq)).toEqual(seqs)
      expect(events.map(({ event_seq }) => event_seq)).toEqual(seqs)
    }
    silent.request('job.subscribe', { job_id })
    expect((await silent.next('job.subscribed')).payload.last_seq).toBe(23)
  })
})

describe('an observer of many jobs', () => {
  it('receives all events of each in order, numbered without a gap over them all', async () => {
    const start = gate()
    const chatty = agentOf('chatty', async (_, ctx) => {
      await start.promise
      for (let current = 0; current < 50; current++) await ctx.progress({ current })
    })
    await using h = harness({ agents: [chatty] })
    const owner = await h.connect()
    const ids: (string | undefined)[] = []
    for (let i = 0; i < 100; i++) ids.push((await submitted(owner, { agent: 'chatty' })).job_id)
    const watcher = await h.connect()
    for (const job_id of ids) watcher.request('job.subscribe', { job_id, after_seq: 0 })
    start.open()
    await Promise.all(ids.map((jobId) => terminalOf(watcher, jobId)))
    const events = watcher.frames.filter(({ event_seq }) => event_seq !== undefined)
    expect(events.map(({ event_seq }) => event_seq)).toEqual(events.map((_, i) => i + 1))
    for (const jobId of ids) {
      const seqs = events.filter(({ job_id }) => job_id === jobId).map(({ payload }) => payload.seq)
      expect(seqs).toEqual(Array.from({ length: 53 }, (_, i) => i + 1))
    }
  })
})
