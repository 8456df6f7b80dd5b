import { median } from '../harness/statistics'
import type { Drive, Reading, Row, Side } from '../row'
import { connectTo, serveAgents } from '../sides/arcp'
import { dialLoop, serveLoop } from '../sides/loop'
import { EchoLoop, echo, echoJob, serveEcho } from '../sides/small-job'
import { sampled, timed } from '../timing'

async function oneByOne(drive: Drive, job: (value: number) => Promise<void>): Promise<Reading> {
  await sampled(Math.ceil(drive.size / 2), job)
  let samples: number[] = []
  const { cpuMs } = await timed(drive, async () => {
    samples = await sampled(drive.size, job)
  })
  return { value: median(samples), cpuMicros: (cpuMs / drive.size) * 1000 }
}

const ours: Side = {
  serve: () => serveAgents([echo]),
  async drive(drive) {
    const client = await connectTo(drive.url)
    return oneByOne(drive, (value) => echoJob(client, value))
  },
}

const loop: Side = {
  serve: () => serveLoop(serveEcho),
  async drive(drive) {
    const client = new EchoLoop(await dialLoop(drive.url))
    return oneByOne(drive, (value) => client.job(value))
  },
}

export const latency: Row = {
  name: 'latency',
  title: 'submit to done, one at a time, median',
  unit: 'ms',
  against: 'loop',
  aim: { atMost: 1.3 },
  size: 5_000,
  sides: { ours, loop },
}
