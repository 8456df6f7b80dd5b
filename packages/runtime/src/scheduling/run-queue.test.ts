import { gate, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { agentOf, echo } from '../testing/agents'
import { drive, harness, submitted, terminalOf } from '../testing/harness'
import { type Pump, RunQueue } from './run-queue'

/** Something with `frames` to send; writes down each step it is given. */
class Source implements Pump {
  readonly steps: number[] = []
  flushes = 0
  constructor(
    readonly name: string,
    public frames: number,
    readonly sent: string[],
    readonly onStep = () => {},
  ) {}
  get hasWork(): boolean {
    return this.frames > 0
  }
  step(limit: number): number {
    this.onStep()
    const count = Math.min(limit, this.frames)
    this.frames -= count
    this.steps.push(count)
    this.sent.push(this.name)
    return count
  }
  flush(): void {
    this.flushes++
  }
}

function queueOf(...frames: number[]) {
  const clock = new TestClock()
  const queue = new RunQueue(clock)
  const sent: string[] = []
  const sources = frames.map((count, index) => new Source(String.fromCharCode(97 + index), count, sent))
  for (const source of sources) queue.add(source)
  return { clock, queue, sent, sources }
}

describe('the run queue', () => {
  it('gives everybody at most 64 frames in turn', () => {
    const { clock, sent, sources } = queueOf(100, 70, 10)
    clock.runDeferred()
    expect(sent).toEqual(['a', 'b', 'c', 'a', 'b'])
    expect(sources.map(({ steps }) => steps)).toEqual([[64, 36], [64, 6], [10]])
  })

  it('lets a macrotask pass after 256 frames, and goes on with whose turn it is', () => {
    const { clock, sent } = queueOf(1_000, 1_000, 1_000)
    clock.runDeferred()
    expect(sent).toEqual(['a', 'b', 'c', 'a'])
    clock.runDeferred()
    expect(sent.slice(4)).toEqual(['b', 'c', 'a', 'b'])
  })

  it('reaches everybody, however many there are, before anybody twice', () => {
    const { clock, sent, sources } = queueOf(...Array<number>(20).fill(200))
    while (clock.runDeferred() > 0);
    expect(new Set(sent.slice(0, 20)).size).toBe(20)
    expect(sources.every(({ frames }) => frames === 0)).toBe(true)
  })

  it('lets a macrotask pass after 2 ms, however few frames there were', () => {
    const clock = new TestClock()
    const queue = new RunQueue(clock)
    const sent: string[] = []
    for (const name of ['a', 'b', 'c']) queue.add(new Source(name, 10, sent, () => clock.advance(1)))
    clock.runDeferred()
    expect(sent).toEqual(['a', 'b'])
    clock.runDeferred()
    expect(sent).toEqual(['a', 'b', 'c'])
  })

  it('flushes each once a turn, after all have been encoded', () => {
    const { clock, sources } = queueOf(130, 10)
    clock.runDeferred()
    expect(sources.map(({ flushes }) => flushes)).toEqual([1, 1])
  })

  it('asks for no turn when nobody has work', () => {
    const { clock, queue } = queueOf(10)
    clock.runDeferred()
    expect([clock.deferred, queue.isBusy]).toEqual([0, false])
  })

  it('resolves everybody who waits for the next turn when that has passed', async () => {
    const clock = new TestClock()
    const queue = new RunQueue(clock)
    const waits = queue.nextTurn()
    expect(queue.nextTurn()).toBe(waits)
    expect(clock.deferred).toBe(1)
    clock.runDeferred()
    await waits
    expect(queue.nextTurn()).not.toBe(waits)
  })
})

/** One macrotask at a time, as an event loop gives them. */
async function turn(clock: TestClock): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  clock.runDeferred()
  await new Promise((resolve) => setImmediate(resolve))
}

describe('R-MEM-4: a job that emits flat out', () => {
  const flood = agentOf('flood', async (_, ctx) => {
    for (let current = 0; current < 20_000; current++) await ctx.progress({ current })
  })

  it('lets another session’s whole round trip come between a few of its turns', async () => {
    const clock = new TestClock()
    await using h = harness({ clock, agents: [flood, echo] })
    const [loud, quiet] = [await h.connect(), await h.connect()]
    loud.request('job.submit', { agent: 'flood' })
    for (let i = 0; i < 10; i++) await turn(clock)
    expect(loud.frames.length).toBeGreaterThan(100)
    const before = loud.frames.length
    quiet.request('job.submit', { agent: 'echo', input: 'between' })
    let turns = 0
    for (; !quiet.frames.some(({ type }) => type === 'job.completed'); turns++) await turn(clock)
    expect(turns).toBeLessThanOrEqual(3)
    expect(loud.frames.length - before).toBeLessThanOrEqual(3 * 256)
    await drive(clock, loud.next('job.completed'))
  })

  it('lets pongs through at once', async () => {
    const clock = new TestClock()
    await using h = harness({ clock, agents: [flood] })
    const peer = await h.connect()
    peer.request('job.submit', { agent: 'flood' })
    for (let i = 0; i < 10; i++) await turn(clock)
    peer.request('session.ping', { nonce: 'n' })
    await new Promise((resolve) => setImmediate(resolve))
    expect(peer.frames.at(-1)?.type).toBe('session.pong')
    await drive(clock, peer.next('job.completed'))
  })
})

describe('two jobs of one session', () => {
  it('alternate, neither more than 64 events ahead', async () => {
    const clock = new TestClock()
    const start = gate()
    const burst = (name: string) =>
      agentOf(name, async (_, ctx) => {
        await start.promise
        for (let current = 0; current < 1_000; current++) void ctx.progress({ current })
      })
    await using h = harness({ clock, agents: [burst('one'), burst('two')] })
    const peer = await h.connect()
    const jobs = [await submitted(peer, { agent: 'one' }), await submitted(peer, { agent: 'two' })]
    await clock.settle()
    start.open()
    for (const { job_id } of jobs) await drive(clock, terminalOf(peer, job_id))
    const order = peer.frames.filter(({ type }) => type === 'job.progress').map(({ job_id }) => job_id)
    const stretches: number[] = []
    for (const [index, job] of order.entries()) {
      if (job === order[index - 1]) stretches.push((stretches.pop() ?? 0) + 1)
      else stretches.push(1)
    }
    expect(order).toHaveLength(2_000)
    expect(Math.max(...stretches)).toBe(64)
    const numbers = peer.frames.flatMap(({ event_seq }) => (event_seq === undefined ? [] : [event_seq]))
    expect(numbers).toEqual(numbers.map((_, index) => index + 1))
  })
})
