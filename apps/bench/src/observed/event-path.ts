import { agent } from '@arcp/protocol'
import type { Observer } from '@arcp/protocol/observe'
import type { Transport, TransportHandler } from '@arcp/protocol/transport'
import { createRuntime, implement, staticTokens } from '@arcp/runtime'
import { progress } from '../progress'

const emit = implement(agent({ name: 'emit', version: '1.0.0' }), async (input, ctx) => {
  const count = Number(input)
  for (let current = 1; current <= count; current++) await ctx.progress(progress(current, count))
})

/** A transport that ends here: it counts the events of jobs it is to send, and costs nothing. */
class Sink implements Transport {
  readonly bufferedBytes = 0
  events = 0
  #awaited = { type: '', sent: () => {} }
  #handler: TransportHandler | undefined
  readonly #ids = (function* () {
    for (let id = 1; ; id++) yield `req_${id}`
  })()

  start(handler: TransportHandler): void {
    this.#handler = handler
  }

  send(frames: readonly string[]): void {
    for (const frame of frames) {
      if (frame.includes('"type":"job.progress"')) this.events++
      else if (frame.includes(`"type":"${this.#awaited.type}"`)) this.#awaited.sent()
    }
    queueMicrotask(() => this.#handler?.drain())
  }

  close(): void {}

  /** Hands the runtime a frame; resolves when it sends one of the type that is waited for. */
  request(type: string, payload: object, awaited: string): Promise<void> {
    const id = this.#ids.next().value
    return new Promise((sent) => {
      this.#awaited = { type: awaited, sent }
      this.#handler?.frame(JSON.stringify({ arcp: '1.1', id, type, payload }))
    })
  }
}

/**
 * Processor time of an event in a runtime, from the agent's call to the frame that is ready to be sent, in microseconds.
 *
 * @throws when not all events were sent
 */
export async function eventPath(events: number, observe: Observer | undefined): Promise<number> {
  await using runtime = createRuntime({
    name: 'bench',
    version: '1.0.0',
    auth: staticTokens({ bench: 'bench' }),
    agents: [emit],
    ...(observe && { observe }),
  })
  const sink = new Sink()
  runtime.accept(sink, { transport: 'sink' })
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
  await follow(Math.ceil(events / 4))
  const before = process.cpuUsage()
  await follow(events)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / events
}
