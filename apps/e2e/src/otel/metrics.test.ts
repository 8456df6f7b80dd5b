import { otel } from '@arcp/otel'
import { agent, type Feature } from '@arcp/protocol'
import type { Observation } from '@arcp/protocol/observe'
import { memoryPair } from '@arcp/protocol/transport'
import { implement } from '@arcp/runtime'
import { faultyTransport, type Gate, gate, type ScriptedPeer, scriptedPeer } from '@arcp/testkit'
import { expect, it } from 'vitest'
import { handClock } from '../hand-clock'
import { links } from '../links'
import { stage } from '../stage'
import { type Measured, meter } from './meter'

/** Whoever has these is neither pinged nor waited for. */
const features: readonly Feature[] = ['subscribe', 'list_jobs', 'progress', 'typed_events']
const capabilities = (...more: Feature[]) => ({ encodings: ['json'], features: ['typed_events', ...more] })

/** What a session's log takes before it counts as waiting for its transport. */
const SEND_BUFFER = 64 * 1024

/** Gates that agents wait at, by name. */
function gates() {
  const gates = new Map<string, Gate>()
  const named = (name: string) => {
    const found = gates.get(name) ?? gate()
    gates.set(name, found)
    return found
  }
  return { pass: (name: string) => named(name).promise, open: (name: string) => named(name).open() }
}

function run(name: string, work: Parameters<typeof implement>[1], options?: { maxRunning: number }) {
  return implement(agent({ name, version: '1.0.0' }), work, options)
}

/** A runtime whose time stands still but for the test, with what it tells and what that measures. */
async function measured() {
  const clock = handClock()
  const { pass, open } = gates()
  const agents = [
    run('turns', (gate) => pass(String(gate)), { maxRunning: 1 }),
    run('fails', () => Promise.reject(new Error('a secret'))),
    run('waits', (_, { signal }) => aborted(signal)),
    run('late', async (_, ctx) => {
      await aborted(ctx.signal).catch(() => ctx.model('gpt'))
    }),
    run('speaks', async (_, ctx) => {
      await pass('speak')
      await ctx.log({ level: 'info', message: 'one' })
      await ctx.log({ level: 'warn', message: 'zwei, drei, €' })
      await ctx.progress({ current: 1, total: 2, 'x-acme-note': 'n' })
      await ctx.emit('x-acme.seen', { what: 'it' })
      await ctx.tool('add', { a: 1 }, () => 2)
      return 'said'
    }),
    run('spends', async (_, ctx) => {
      await ctx.spend('USD', '0.25')
      await ctx.spend('EUR', '2')
      await ctx.spend('USD', '0.5')
      await ctx.tool('add', 1, () => 2)
    }),
    run('tries', async (_, ctx) => {
      await ctx.tool('add', 1, () => 2).catch(() => {})
      await ctx.authorize('x-acme.gpu', '0').catch(() => {})
    }),
    run('shouts', async (_, ctx) => {
      await pass('shout')
      await ctx.log({ level: 'info', message: 'x'.repeat(SEND_BUFFER + 1) })
      await ctx.log({ level: 'info', message: 'more' })
    }),
    run('counts', async (_, ctx) => {
      for (let current = 1; current <= 6; current++) await ctx.progress({ current })
    }),
    run('stays', async (_, ctx) => {
      await pass('away')
      for (let current = 1; current <= 3; current++) await ctx.progress({ current })
      await pass('stay')
    }),
  ]
  const told: Observation[] = []
  const measure = meter()
  const [link] = links
  if (!link) throw new Error('no link')
  const s = await stage(link, {
    agents,
    clock,
    observe: [
      otel({ meterProvider: measure.provider, clock }),
      { observe: (observation) => void told.push(observation) },
    ],
    limits: { heartbeatMs: 1_000, ackWindowEvents: 4, sendBufferBytes: SEND_BUFFER },
  })
  return {
    ...s,
    clock,
    open,
    read: measure.read,
    /** Waits until so many of these have been told; the metrics know of each by then. */
    async until(type: Observation['type'], times: number, eventType?: string): Promise<void> {
      const is = (one: Observation) =>
        one.type === type && (one.type !== 'event.appended' || one.eventType === eventType)
      while (told.filter(is).length < times) await new Promise((resolve) => setImmediate(resolve))
    },
    /** Opens a transport that can be broken at the runtime's end, and speaks on it by hand. */
    dialFaulty() {
      const [near, inner] = memoryPair({ maxFrameBytes: s.runtime.maxFrameBytes })
      const far = faultyTransport(inner, { clock })
      s.runtime.accept(far, { transport: 'memory' })
      return { far, peer: scriptedPeer(near) }
    },
    async [Symbol.asyncDispose]() {
      await s[Symbol.asyncDispose]()
      await measure[Symbol.asyncDispose]()
    },
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

/** What was measured of one agent. */
function of(agent: string, measured: Readonly<Record<string, Measured>> = {}): Record<string, Measured> {
  return Object.fromEntries(Object.entries(measured).filter(([values]) => values.split(' ')[0] === agent))
}

async function submitted(peer: ScriptedPeer, payload: object) {
  peer.request('job.submit', payload)
  const { job_id, payload: answer } = await peer.next('job.accepted')
  return { jobId: String(job_id), answer }
}

async function welcomed(peer: ScriptedPeer, payload = {}) {
  const { session_id, payload: welcome } = await peer.hello(payload)
  return { session_id, resume_token: welcome.resume_token }
}

it('every metric says exactly what has happened to jobs, sessions and what was refused', async () => {
  await using m = await measured()
  const { clock, open, read, until } = m
  const ada = await m.connect({ features })

  // Jobs: three take turns, one of which is given up while it waits.
  for (const gate of ['first', 'second']) await ada.submit('turns', gate)
  const third = await ada.submit('turns', 'third')
  await until('job.started', 1)
  expect(await read()).toMatchObject({
    'arcp.jobs.submitted': { turns: 3 },
    'arcp.jobs.queued': { turns: 2 },
    'arcp.jobs.active': { turns: 1 },
  })
  await third.cancel()
  await until('job.ended', 1)
  clock.advance(250)
  open('first')
  await until('job.started', 2)
  expect(await read()).toMatchObject({
    'arcp.jobs.queued': { turns: 0 },
    'arcp.jobs.active': { turns: 1 },
  })
  clock.advance(1_500)
  open('second')
  await until('job.ended', 3)

  // Each of the other ways to end.
  await ada.submit('fails', 0)
  await until('job.ended', 4)
  const waiting = await ada.submit('waits', 0)
  await ada.submit('waits', 0, { maxRuntimeSec: 3 })
  await ada.submit('late', 0, { lease: { 'model.use': ['gpt'] }, expiresInS: 5 })
  await until('job.started', 6)
  await waiting.cancel('enough')
  await until('job.ended', 5)
  clock.advance(3_000)
  await until('job.ended', 6)
  clock.advance(2_000)
  await until('job.ended', 7)

  // What jobs say, as one who follows reads it, and what they cost.
  const speaking = await ada.submit('speaks', 0, { lease: { 'tool.call': ['add'] } })
  const reader = await m.dial()
  await reader.hello()
  reader.request('job.subscribe', { job_id: speaking.id, after_seq: 0 })
  await reader.next('job.subscribed')
  open('speak')
  await reader.next('job.completed')
  const sizes: Record<string, number> = {}
  for (const { type, event_seq, payload } of reader.frames) {
    if (event_seq === undefined) continue
    const name = type.startsWith('x-') ? '_OTHER' : type
    sizes[`speaks ${name}`] = (sizes[`speaks ${name}`] ?? 0) + JSON.stringify(payload).length
  }
  await ada.submit('spends', 0, { lease: { 'tool.call': ['add'], 'cost.budget': ['USD:0.5'] } })
  await until('job.ended', 9)

  // What is refused: operations of an agent, a look at a job, sessions, resumes, requests.
  await ada.submit('tries', 0)
  await until('job.ended', 10)
  const staying = await ada.submit('stays', 0, { idempotencyKey: 'k' })
  await until('job.started', 10)
  await expect(ada.submit('stays', 1, { idempotencyKey: 'k' })).rejects.toThrow()
  await expect(ada.submit('nobody', 0)).rejects.toThrow()
  const bob = await m.connect({ features, token: 'bobs' })
  await expect(bob.subscribe(staying.id)).rejects.toThrow()
  await expect(m.connect({ token: 'wrong' })).rejects.toThrow()

  // Sessions: one goes, misses three events and comes back, once with cursors and once without.
  const peer = await m.dial()
  const session = await welcomed(peer)
  const away = await submitted(peer, { agent: 'stays' })
  await peer.next('job.started')
  await peer.close()
  await until('session.parked', 1)
  expect((await read())['arcp.sessions']).toEqual({ open: 3, parked: 1 })
  const resume = { ...session, last_event_seq: 2 }
  const refused = async (token: string, wrong: object) => {
    const other = await m.dial()
    const hello = { auth: { scheme: 'bearer', token }, resume: { ...resume, ...wrong } }
    await expect(other.hello(hello)).rejects.toThrow('RESUME_WINDOW_EXPIRED')
  }
  await refused('test-token', { session_id: 'sess_unknown' })
  await refused('test-token', { resume_token: 'ars_wrong' })
  await refused('bobs', {})
  open('away')
  await until('event.appended', 7, 'job.progress')
  const cursors = { [away.jobId]: { seq: 2, log_epoch: away.answer.log_epoch } }
  const back = await m.dial()
  const { resume_token } = await welcomed(back, { resume: { ...resume, cursors } })
  await back.next(({ payload }) => payload.current === 3)
  await back.close()
  await until('session.parked', 2)
  const again = await m.dial()
  await again.hello({ resume: { ...resume, resume_token } })
  await again.next(({ payload }) => payload.current === 3)

  // A job is taken up, by its token and by its key.
  const other = await m.connect({ features })
  await other.submit('stays', 0, { resumeToken: staying.resumeToken ?? '' })
  await other.submit('stays', 0, { idempotencyKey: 'k' })
  await expect(staying.cancel()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
  open('stay')
  await until('job.ended', 12)

  // Events wait for acknowledgements, and for a transport that takes nothing.
  const slow = await m.dial()
  await slow.hello({ capabilities: capabilities('ack') })
  await submitted(slow, { agent: 'counts' })
  for (const [i, last_processed_seq] of [4, 8].entries()) {
    await slow.next(({ event_seq }) => event_seq === last_processed_seq)
    await until('session.stalled', i + 1)
    slow.request('session.ack', { last_processed_seq })
  }
  await slow.next('job.completed')
  const { far, peer: stuck } = m.dialFaulty()
  await stuck.hello()
  await submitted(stuck, { agent: 'shouts' })
  await stuck.next('job.started')
  far.stall()
  open('shout')
  await until('session.stalled', 3)
  await until('job.ended', 14)
  far.cut()
  await until('session.parked', 3)

  // One is silent; the others have not promised to be heard.
  const silent = await m.dial()
  await silent.hello({ capabilities: capabilities('heartbeat') })
  clock.advance(1_000)
  await silent.next('session.ping')
  clock.advance(1_000)
  await until('session.parked', 4)
  for (const client of [ada, bob, other]) await client.close()
  await until('session.ended', 3)

  const { 'arcp.job.events': events, 'arcp.job.event_size': bytes, ...others } = await read()
  expect(of('speaks', events)).toEqual({
    'speaks job.queued': 1,
    'speaks job.started': 1,
    'speaks job.log': 2,
    'speaks job.progress': 1,
    'speaks _OTHER': 1,
    'speaks job.tool_call': 1,
    'speaks job.tool_result': 1,
    'speaks job.completed': 1,
  })
  expect(of('speaks', bytes)).toEqual(sizes)
  const agents = {
    turns: 3,
    fails: 1,
    waits: 2,
    late: 1,
    speaks: 1,
    spends: 1,
    tries: 1,
    stays: 2,
    counts: 1,
    shouts: 1,
  }
  const none = Object.fromEntries(Object.keys(agents).map((name) => [name, 0]))
  const atOnce = Object.fromEntries(Object.entries(agents).map(([name, count]) => [name, [0, count]]))
  expect(others).toEqual({
    'arcp.jobs.submitted': agents,
    'arcp.jobs.queued': none,
    'arcp.jobs.active': none,
    'arcp.job.queue_time': { ...atOnce, turns: [0.25, 2] },
    'arcp.jobs.ended': {
      'turns completed returned': 2,
      'turns cancelled cancel': 1,
      'fails failed threw INTERNAL_ERROR': 1,
      'waits cancelled cancel': 1,
      'waits failed timeout TIMEOUT': 1,
      'late failed lease_expired LEASE_EXPIRED': 1,
      'speaks completed returned': 1,
      'spends failed threw BUDGET_EXHAUSTED': 1,
      'tries completed returned': 1,
      'stays completed returned': 2,
      'counts completed returned': 1,
      'shouts completed returned': 1,
    },
    'arcp.job.duration': {
      'turns completed': [1.75, 2],
      'fails failed': [0, 1],
      'waits cancelled': [0, 1],
      'waits failed': [3, 1],
      'late failed': [5, 1],
      'speaks completed': [0, 1],
      'spends failed': [0, 1],
      'tries completed': [0, 1],
      'stays completed': [0, 2],
      'counts completed': [0, 1],
      'shouts completed': [0, 1],
    },
    'arcp.jobs.resumed': { stays: 2 },
    'arcp.job.cost': { 'spends USD': 0.75, 'spends EUR': 2 },
    'arcp.sessions': { open: 3, parked: 2 },
    'arcp.session.resumes': { false: 1, true: 1 },
    'arcp.session.replay_size': { '': [6, 2] },
    'arcp.session.stalls': { credit: 2, transport: 1 },
    'arcp.session.heartbeat_losses': { '': 1 },
    'arcp.denials': {
      'operation PERMISSION_DENIED tool.call': 1,
      'operation PERMISSION_DENIED _OTHER': 1,
      'operation BUDGET_EXHAUSTED tool.call': 1,
      'operation LEASE_EXPIRED model.use': 1,
      'access policy': 2,
      'session UNAUTHENTICATED': 1,
      'session RESUME_WINDOW_EXPIRED': 3,
      'resume unknown_session': 1,
      'resume wrong_token': 1,
      'resume foreign_session': 1,
      'request AGENT_NOT_AVAILABLE': 1,
      'request DUPLICATE_KEY': 1,
      'request JOB_NOT_FOUND': 1,
      'request PERMISSION_DENIED': 1,
    },
  })
})
