import { median } from '../harness/statistics'
import type { Drive, Reading, Row } from '../row'
import { echoSides } from '../sides/echo-sides'
import { sampled, timed } from '../timing'

async function oneByOne(drive: Drive, job: (value: number) => Promise<void>): Promise<Reading> {
  await sampled(Math.ceil(drive.size / 2), job)
  let samples: number[] = []
  const { cpuMs } = await timed(drive, async () => {
    samples = await sampled(drive.size, job)
  })
  return { value: median(samples), cpuMicros: (cpuMs / drive.size) * 1000 }
}

export const latency: Row = {
  name: 'latency',
  title: 'submit to done, one at a time, median',
  unit: 'ms',
  against: 'loop',
  aim: { atMost: 1.3 },
  size: 5_000,
  sides: echoSides(oneByOne),
}
