import { type AnySchema, agent } from '@arcp/protocol'
import { gate, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { implement } from './agents/implement'
import { agentOf, echo, heldAgent } from './testing/agents'
import { drive, type Harness, harness, outcome, refusal, submitted, terminalOf } from './testing/harness'
import { heldTransport } from './testing/held-transport'
import { storeThat } from './testing/store-that'
import { expectNoUnhandled } from './testing/unhandled'

expectNoUnhandled()

const shutdown = { code: 'INTERNAL_ERROR', retryable: true, details: { reason: 'shutdown' } }

/** Whether a close is over. */
function watched(closing: Promise<void>): { readonly over: boolean } {
  const state = { over: false }
  void closing.then(() => {
    state.over = true
  })
  return state
}

/** A runtime whose jobs end when they are told to, and one job of it that runs. */
async function running(limits: object = {}): Promise<{
  readonly clock: TestClock
  readonly h: Harness
  readonly held: ReturnType<typeof heldAgent>
  readonly peer: Awaited<ReturnType<Harness['connect']>>
  readonly jobId: string | undefined
}> {
  const clock = new TestClock()
  const held = heldAgent()
  const h = harness({ clock, agents: [echo, held.implementation], limits })
  const peer = await h.connect()
  const { job_id: jobId } = await submitted(peer, { agent: 'held' })
  await clock.settle()
  return { clock, h, held, peer, jobId }
}

/** An agent whose input is checked when the gate opens. */
function slowlyChecked() {
  const checked = gate()
  const validate = async (value: unknown) => {
    await checked.promise
    return { value }
  }
  const input: AnySchema = { '~standard': { version: 1, vendor: 'test', validate } }
  return { slow: implement(agent({ name: 'slow', version: '1.0.0', input }), () => 'ran'), checked }
}

describe('a runtime that drains', () => {
  it('lets jobs come to their own end, waiting ones too, then tells why it goes and when to come back', async () => {
    const { clock, h, held, peer, jobId } = await running({ runningJobs: 1 })
    const waiting = await submitted(peer, { agent: 'echo', input: 'later' })
    const closing = h.runtime.close({ drainMs: 60_000, retryAfterMs: 2_500 })
    const state = watched(closing)
    await clock.settle()
    clock.advance(30_000)
    await clock.settle()
    expect(state.over).toBe(false)
    held.gate.open('done')
    expect((await drive(clock, terminalOf(peer, jobId))).payload.result).toBe('done')
    expect((await drive(clock, terminalOf(peer, waiting.job_id))).payload.result).toBe('later')
    await drive(clock, closing)
    expect(clock.monotonic()).toBeLessThan(40_000)
    expect(peer.frames.at(-1)).toMatchObject({
      type: 'session.closed',
      payload: { reason: 'shutdown', resume: false, retry_after_ms: 2_500 },
    })
    expect((await peer.closed).code).toBe(1001)
    expect([clock.timers, clock.deferred]).toEqual([0, 0])
  })

  it('refuses new jobs and new sessions, and serves those it has', async () => {
    const { clock, h, held, peer, jobId } = await running()
    const keyed = { agent: 'echo', idempotency_key: 'k', input: 1 }
    const first = await submitted(peer, keyed)
    const closing = h.runtime.close({ drainMs: 60_000 })
    await clock.settle()
    for (const payload of [{ agent: 'echo' }, { ...keyed, idempotency_key: 'other' }]) {
      expect(await drive(clock, refusal(peer, peer.request('job.submit', payload)))).toMatchObject(shutdown)
    }
    const late = h.dial()
    await expect(drive(clock, late.hello())).rejects.toThrow()
    expect(late.frames.at(-1)).toMatchObject({ type: 'session.error', payload: shutdown })
    const again = await submitted(peer, keyed)
    expect(again.payload).toMatchObject({ job_id: first.job_id, resumed: true })
    peer.request('session.list_jobs', {})
    expect((await peer.next('session.jobs')).payload.jobs).toHaveLength(2)
    peer.request('job.cancel', { job_id: jobId })
    await peer.next('job.cancel_accepted')
    held.gate.open('ok')
    expect((await drive(clock, terminalOf(peer, jobId))).type).toBe('job.cancelled')
    await drive(clock, closing)
  })

  it('lets a client come back to its session for what it missed', async () => {
    const { clock, h, held, peer, jobId } = await running()
    const welcome = peer.frames.find(({ type }) => type === 'session.welcome')
    const { log_epoch } = peer.frames.find(({ type }) => type === 'job.accepted')?.payload ?? {}
    const closing = h.runtime.close({ drainMs: 60_000 })
    await peer.close()
    await clock.settle()
    const back = h.dial()
    const resume = {
      session_id: welcome?.session_id,
      resume_token: welcome?.payload.resume_token,
      last_event_seq: 1,
      cursors: { [jobId as string]: { seq: 1, log_epoch } },
    }
    await drive(clock, back.hello({ resume }))
    expect((await drive(clock, back.next('job.started'))).event_seq).toBe(2)
    held.gate.open('done')
    expect((await drive(clock, terminalOf(back, jobId))).payload.result).toBe('done')
    await drive(clock, closing)
  })

  it('decides what has been submitted before, and answers it in its order', async () => {
    const clock = new TestClock()
    const { slow, checked } = slowlyChecked()
    const h = harness({ clock, agents: [echo, slow] })
    const peer = await h.connect()
    const undecided = peer.request('job.submit', { agent: 'slow' })
    const id = peer.request('job.submit', { agent: 'echo', input: 'held back' })
    await clock.settle()
    const closing = h.runtime.close({ drainMs: 60_000 })
    await clock.elapse(5_000)
    expect(peer.frames).toHaveLength(1)
    checked.open()
    await drive(clock, closing)
    expect(clock.monotonic()).toBeLessThan(7_000)
    expect(await refusal(peer, undecided)).toMatchObject(shutdown)
    const { job_id } = await peer.next(({ payload }) => payload.request_id === id)
    expect((await terminalOf(peer, job_id)).payload.result).toBe('held back')
    expect(clock.timers).toBe(0)
  })

  it('lets a job run that is being written down when it begins to drain', async () => {
    const clock = new TestClock()
    const written = gate()
    const store = storeThat((inner) => ({
      async createJob(record) {
        await written.promise
        await inner.createJob(record)
      },
    }))
    const h = harness({ clock, agents: [echo], store })
    const peer = await h.connect()
    const id = peer.request('job.submit', { agent: 'echo', input: 'in time' })
    await clock.settle()
    const closing = h.runtime.close({ drainMs: 60_000 })
    await clock.elapse(5_000)
    written.open()
    await drive(clock, closing)
    const { job_id } = await peer.next(({ payload }) => payload.request_id === id)
    expect((await terminalOf(peer, job_id)).payload.result).toBe('in time')
    expect(peer.frames.at(-1)?.type).toBe('session.closed')
  })

  it('refuses at its end what is not decided then, and starts none of it', async () => {
    const clock = new TestClock()
    const { slow, checked } = slowlyChecked()
    const written = gate()
    const store = storeThat((inner) => ({
      async createJob(record) {
        if (record.agent !== 'echo@1.0.0') await written.promise
        await inner.createJob(record)
      },
    }))
    let runs = 0
    const counted = agentOf('counted', () => runs++)
    const h = harness({ clock, agents: [echo, slow, counted], store })
    const peer = await h.connect()
    const ids = ['slow', 'counted', 'slow'].map((name) =>
      peer.request('job.submit', { agent: name, idempotency_key: name }),
    )
    const id = peer.request('job.submit', { agent: 'echo', input: 'held back' })
    await clock.settle()
    await drive(clock, h.runtime.close())
    expect(clock.monotonic()).toBe(0)
    for (const undecided of ids) expect(await refusal(peer, undecided)).toMatchObject(shutdown)
    const { job_id } = await peer.next(({ payload }) => payload.request_id === id)
    expect((await terminalOf(peer, job_id)).payload.result).toBe('held back')
    checked.open()
    written.open()
    await clock.settle()
    expect([runs, clock.timers]).toEqual([0, 0])
  })

  it('ends what is left when its time is over', async () => {
    const { clock, h, held, peer, jobId } = await running()
    const closing = h.runtime.close({ drainMs: 60_000 })
    await clock.settle()
    clock.advance(59_999)
    await clock.settle()
    const context = await held.started
    expect(context.signal.aborted).toBe(false)
    clock.advance(1)
    await clock.settle()
    expect(context.signal.reason).toMatchObject(shutdown)
    held.gate.open('too late')
    expect((await drive(clock, terminalOf(peer, jobId))).payload.error).toMatchObject(shutdown)
    await drive(clock, closing)
    expect(clock.monotonic()).toBeLessThan(62_000)
  })

  it.each([
    ['a call without a time', undefined],
    ['a call with none left', { drainMs: 0 }],
  ])('is hurried by %s', async (_, options) => {
    const { clock, h, held, peer, jobId } = await running()
    const closing = h.runtime.close({ drainMs: Number.POSITIVE_INFINITY })
    await clock.settle()
    clock.advance(86_400_000)
    await clock.settle()
    const hurried = h.runtime.close(options)
    expect(hurried).toBe(closing)
    held.gate.open('ok')
    expect((await drive(clock, terminalOf(peer, jobId))).payload.error).toMatchObject(shutdown)
    await drive(clock, hurried)
    expect(clock.monotonic()).toBeLessThan(86_402_000)
  })

  it('has less time after a shorter call, never more after a longer one', async () => {
    const { clock, h, held } = await running()
    const closing = h.runtime.close({ drainMs: 60_000 })
    void h.runtime.close({ drainMs: 90_000 })
    void h.runtime.close({ drainMs: 10_000 })
    void h.runtime.close({ drainMs: 20_000 })
    const { signal } = await held.started
    await clock.settle()
    clock.advance(9_999)
    await clock.settle()
    expect(signal.aborted).toBe(false)
    clock.advance(1)
    await clock.settle()
    expect(signal.aborted).toBe(true)
    held.gate.open('ok')
    await drive(clock, closing)
  })

  it('needs no time where there are no jobs', async () => {
    const clock = new TestClock()
    const h = harness({ clock, agents: [echo] })
    await drive(clock, outcome(await h.connect(), { agent: 'echo' }))
    await drive(clock, h.runtime.close({ drainMs: 60_000 }))
    expect([clock.monotonic(), clock.timers]).toEqual([0, 0])
  })

  it.each([
    ['in vain', undefined],
    ['before', { drainMs: 60_000 }],
  ])(
    'waits for nothing when it is closed again with a time after its end, asked for one %s',
    async (_, options) => {
      const clock = new TestClock()
      const h = harness({ clock, agents: [echo] })
      await drive(clock, h.runtime.close(options))
      await h.runtime.close({ drainMs: 30_000 })
      expect([clock.timers, clock.deferred]).toEqual([0, 0])
    },
  )

  it.each([
    { drainMs: -1 },
    { drainMs: Number.NaN },
    { drainMs: '1' },
    { retryAfterMs: -1 },
    { retryAfterMs: 0.5 },
    { drain: 1 },
  ])('does not take %j, and goes on', async (options) => {
    await using h = harness({ agents: [echo] })
    expect(() => h.runtime.close(options as { drainMs: number })).toThrow(TypeError)
    expect((await outcome(await h.connect(), { agent: 'echo' })).type).toBe('job.completed')
  })
})

describe('what has not been sent when a runtime closes', () => {
  const talker = agentOf('talker', async (_, ctx) => {
    for (let current = 0; current < 1_000; current++) void ctx.progress({ current, message: 'm'.repeat(100) })
  })

  /** A runtime whose client does not read while 1,000 events come. */
  async function stalled() {
    const clock = new TestClock()
    const h = harness({ clock, agents: [talker], limits: { sendBufferBytes: 10_000 } })
    let link: ReturnType<typeof heldTransport> | undefined
    const peer = await h.connect({}, (far) => {
      link = heldTransport(far)
      return link
    })
    await submitted(peer, { agent: 'talker' })
    link?.hold()
    await clock.settle()
    const seqs = () => peer.frames.flatMap(({ payload }) => (payload.seq === undefined ? [] : [payload.seq]))
    return { clock, h, peer, link, seqs }
  }

  it('is sent as soon as it can be', async () => {
    const { clock, h, peer, link, seqs } = await stalled()
    const closing = h.runtime.close()
    const state = watched(closing)
    await clock.settle()
    clock.advance(1_000)
    await clock.settle()
    expect(state.over).toBe(false)
    link?.letGo()
    await drive(clock, closing)
    expect(seqs()).toEqual(Array.from({ length: 1_003 }, (_, i) => i + 1))
    expect(peer.frames.at(-1)?.type).toBe('session.closed')
    expect(clock.monotonic()).toBeLessThan(3_000)
  })

  it('is waited for no longer than closeMs', async () => {
    const { clock, h, seqs } = await stalled()
    const before = seqs().length
    const closing = h.runtime.close()
    const state = watched(closing)
    await clock.settle()
    clock.advance(4_999)
    await clock.settle()
    expect(state.over).toBe(false)
    clock.advance(1)
    await clock.settle()
    expect(state.over).toBe(true)
    expect(seqs()).toHaveLength(before)
    expect([clock.timers, clock.deferred]).toEqual([0, 0])
  })

  it('goes as the client acknowledges, where its credit was used up', async () => {
    const clock = new TestClock()
    const h = harness({ clock, agents: [talker], limits: { ackWindowEvents: 100 } })
    const capabilities = { encodings: ['json'], features: ['typed_events', 'ack'] }
    const peer = await h.connect({ capabilities })
    await submitted(peer, { agent: 'talker' })
    await clock.settle()
    const closing = h.runtime.close()
    await clock.settle()
    const lastSeq = () => peer.frames.findLast(({ event_seq }) => event_seq !== undefined)?.event_seq ?? 0
    expect(lastSeq()).toBeLessThan(200)
    while (lastSeq() < 1_003) {
      const before = lastSeq()
      peer.request('session.ack', { last_processed_seq: before })
      await clock.settle()
      expect(lastSeq()).toBeGreaterThan(before)
    }
    await drive(clock, closing)
    expect(peer.frames.at(-1)?.type).toBe('session.closed')
    expect(clock.monotonic()).toBeLessThan(3_000)
  })

  it('holds up nothing once its client has gone', async () => {
    const { clock, h, peer } = await stalled()
    const closing = h.runtime.close()
    await clock.settle()
    await peer.close()
    await drive(clock, closing)
    expect(clock.monotonic()).toBeLessThan(2_000)
  })
})
