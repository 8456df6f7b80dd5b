import { agent } from '@arcp/protocol'
import type { Dialer, Transport } from '@arcp/protocol/transport'
import { implement } from '@arcp/runtime'
import { webSocket } from '@arcp/transport-ws'
import { Digest } from '../digest'
import { progress } from '../progress'
import type { Row, Side } from '../row'
import { connectTo, serveAgents } from '../sides/arcp'
import { dialLoop, followProgress, read, send, serveLoop, write, writeEvent } from '../sides/loop'
import { timed } from '../timing'

/** Rounds before the measured one. */
const WARM_UP = 3

const ABNORMAL = 1006

let cut = () => {}
let emitted = Promise.resolve()

/** Emits once its client has been cut off, then ends. */
const behind = implement(agent({ name: 'behind', version: '1.0.0' }), async (input, ctx) => {
  let done = () => {}
  emitted = new Promise((resolve) => {
    done = resolve
  })
  await new Promise<void>((resolve) => {
    cut = resolve
  })
  const count = Number(input)
  for (let current = 1; current <= count; current++) await ctx.progress(progress(current, count))
  done()
})

/** Says that the client is cut off; answers when everything has been emitted. */
const cutOff = implement(agent({ name: 'cut-off', version: '1.0.0' }), async () => {
  cut()
  await emitted
})

/** A way to a server that can be broken, and mended when it should be. */
class Cable implements Dialer {
  readonly #dialer: Dialer
  #transport: Transport | undefined
  #mended = Promise.resolve()
  #mend = () => {}

  constructor(url: string) {
    this.#dialer = webSocket(url)
  }

  async open(signal: AbortSignal): Promise<Transport> {
    await this.#mended
    this.#transport = await this.#dialer.open(signal)
    return this.#transport
  }

  break(): void {
    this.#mended = new Promise((resolve) => {
      this.#mend = resolve
    })
    this.#transport?.close(ABNORMAL)
  }

  mend(): void {
    this.#mend()
  }
}

const ours: Side = {
  serve: (size) => serveAgents([behind, cutOff], { logEvents: size + 100 }),
  async drive(drive) {
    const cable = new Cable(drive.url)
    const client = await connectTo(drive.url, cable)
    const control = await connectTo(drive.url)
    const missed = async () => {
      const job = await client.submit('behind', drive.size)
      const digest = new Digest()
      const events = job.events()
      // Queued and started: from here on the job waits for the cut.
      for (let i = 0; i < 2; i++) await events.next()
      cable.break()
      await (await control.submit('cut-off', null)).result()
      return async () => {
        cable.mend()
        for await (const event of events) if (event.type === 'job.progress') digest.add(event.current)
        digest.expectUpTo(drive.size)
      }
    }
    for (let round = 0; round < WARM_UP; round++) await (await missed())()
    const { ms, cpuMs } = await timed(drive, await missed())
    return { value: ms, cpuMicros: cpuMs * 1000 }
  },
}

const loop: Side = {
  serve: () =>
    serveLoop((socket) => {
      socket.on('message', async (data) => {
        const { id, payload } = read(data)
        const count = Number(payload.resume)
        socket.send(write('session.welcome', { request_id: id }))
        for (let current = 1; current <= count; current++) {
          const wait = send(socket, writeEvent('job.progress', current, progress(current, count)))
          if (wait) await wait
        }
        socket.send(writeEvent('job.completed', count + 1, { result: null }))
      })
    }),
  async drive(drive) {
    const resume = async () => {
      const socket = await dialLoop(drive.url)
      socket.send(write('session.hello', { resume: drive.size }))
      await followProgress(socket, drive.size)
      socket.terminate()
    }
    for (let round = 0; round < WARM_UP; round++) await resume()
    const { ms, cpuMs } = await timed(drive, resume)
    return { value: ms, cpuMicros: cpuMs * 1000 }
  },
}

export const replay: Row = {
  name: 'replay',
  title: 'resume and replay of 10,000 events',
  unit: 'ms',
  against: 'loop',
  aim: { atMost: 1 },
  size: 10_000,
  sides: { ours, loop },
}
