import { agent } from '@arcp/protocol'
import { createRuntime, implement, staticTokens } from '@arcp/runtime'
import { progress } from '../progress'
import { Sink } from './sink'
import type { Surroundings } from './surroundings'

const emit = implement(agent({ name: 'emit', version: '1.0.0' }), async (input, ctx) => {
  const count = Number(input)
  for (let current = 1; current <= count; current++) await ctx.progress(progress(current, count))
})

const echo = implement(agent({ name: 'echo', version: '1.0.0' }), (input) => input)

/** How much is measured; a quarter of it warms up. */
export interface Amount {
  readonly events: number
  readonly jobs: number
}

/** Processor time, in microseconds. */
export interface Cost {
  /** Of an event, from the agent's call to the frame that is ready to be sent. */
  readonly event: number
  /** Of a job that returns its input, one at a time, from its submit's frame to the frame of its end. */
  readonly job: number
}

/**
 * What an event and a small job cost a runtime.
 *
 * @throws when not all events were sent
 */
export async function cost({ events, jobs }: Amount, { observe, wrap }: Surroundings): Promise<Cost> {
  await using runtime = createRuntime({
    name: 'bench',
    version: '1.0.0',
    auth: staticTokens({ bench: 'bench' }),
    agents: [emit, echo],
    ...(observe && { observe: observe() }),
  })
  const sink = new Sink()
  const acceptor = wrap ? wrap(runtime) : runtime
  acceptor.accept(sink, { transport: 'sink' })
  const hello = {
    client: { name: 'bench', version: '1.0.0' },
    auth: { scheme: 'bearer', token: 'bench' },
    capabilities: { encodings: ['json'], features: ['typed_events'] },
  }
  await sink.request('session.hello', hello, 'session.welcome')
  const follow = async (count: number) => {
    sink.events = 0
    await sink.request('job.submit', { agent: 'emit', input: count }, 'job.completed')
    if (sink.events !== count) throw new Error(`${sink.events} of ${count} events were sent`)
  }
  const run = async (count: number) => {
    for (let i = 0; i < count; i++)
      await sink.request('job.submit', { agent: 'echo', input: i }, 'job.completed')
  }
  await follow(Math.ceil(events / 4))
  await run(Math.ceil(jobs / 4))
  return { event: await processorTime(follow, events), job: await processorTime(run, jobs) }
}

async function processorTime(work: (count: number) => Promise<void>, count: number): Promise<number> {
  const before = process.cpuUsage()
  await work(count)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}
