import { agent } from '@arcp/protocol'
import { implement } from '@arcp/runtime'
import { median } from '../harness/statistics'
import { progress } from '../progress'
import type { Background, Drive, Reading, Row, Side } from '../row'
import { connectTo, serveAgents } from '../sides/arcp'
import { dialLoop, read, send, serveLoop, write, writeEvent } from '../sides/loop'
import { EchoLoop, echo, echoJob, serveEcho } from '../sides/small-job'
import { sampled } from '../timing'

/** Milliseconds of the row for each round trip with nothing else going on; as many more come before those. */
const MS_PER_IDLE = 20
const TOTAL = 1_000_000_000

/** Round trips for as long as `drive` says, in milliseconds, beside a job that emits flat out. */
async function besideFlood(drive: Drive, roundTrip: (value: number) => Promise<void>): Promise<Reading> {
  const trips = Math.ceil(drive.size / MS_PER_IDLE)
  await sampled(trips, roundTrip)
  const idle = median(await sampled(trips, roundTrip))
  await drive.startBackground()
  const busy: number[] = []
  const until = performance.now() + drive.size
  while (performance.now() < until) busy.push(...(await sampled(1, roundTrip)))
  await drive.stopBackground()
  return { value: median(busy), idle }
}

/** Checks that a flood comes without a gap, and remembers what was wrong. */
class Gauge {
  #last = 0
  #fault: string | undefined

  take(current: number): void {
    if (current !== this.#last + 1) this.#fault ??= `${current} came after ${this.#last}`
    this.#last = current
  }

  check(): void {
    if (this.#fault !== undefined) throw new Error(this.#fault)
    if (this.#last === 0) throw new Error('nothing came')
  }
}

/** Emits until it is called off. */
const flood = implement(agent({ name: 'flood', version: '1.0.0' }), async (_input, ctx) => {
  for (let current = 1; !ctx.signal.aborted; current++) await ctx.progress(progress(current, TOTAL))
})

const ours: Side = {
  serve: () => serveAgents([echo, flood]),
  async drive(drive) {
    const client = await connectTo(drive.url)
    return besideFlood(drive, (value) => echoJob(client, value))
  },
  async background(url): Promise<Background> {
    const client = await connectTo(url)
    const job = await client.submit('flood', null)
    const gauge = new Gauge()
    const taken = (async () => {
      for await (const event of job.events()) if (event.type === 'job.progress') gauge.take(event.current)
    })()
    return {
      async stop() {
        await job.cancel()
        await taken
        gauge.check()
      },
    }
  },
}

const loop: Side = {
  serve: (size) =>
    serveLoop((socket) => {
      serveEcho(socket)
      socket.on('message', async (data) => {
        if (read(data).payload.agent !== 'flood') return
        // Nothing else would stop it: as long as the network takes what it sends, it hears of nobody. It goes on for
        // longer than is measured, so that no round trip is one of a server that is idle again.
        const until = performance.now() + 1.5 * size
        for (let current = 1; performance.now() < until; current++) {
          const wait = send(socket, writeEvent('job.progress', current, progress(current, TOTAL)))
          if (wait) await wait
        }
      })
    }),
  async drive(drive) {
    const client = new EchoLoop(await dialLoop(drive.url))
    return besideFlood(drive, (value) => client.job(value))
  },
  async background(url): Promise<Background> {
    const socket = await dialLoop(url)
    const gauge = new Gauge()
    socket.on('message', (data) => {
      const { type, payload } = read(data)
      if (type === 'job.progress') gauge.take(payload.current as number)
    })
    socket.send(write('job.submit', { agent: 'flood' }))
    return {
      async stop() {
        socket.terminate()
        gauge.check()
      },
    }
  },
}

export const fairness: Row = {
  name: 'fairness',
  title: "another session's round trip while a job emits flat out for 20 s",
  unit: 'ms',
  against: 'idle',
  aim: { atMost: 10 },
  size: 20_000,
  runs: 1,
  sides: { ours, loop },
}
