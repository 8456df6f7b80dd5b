import type { Drive, Reading, Row } from '../row'
import { echoSides } from '../sides/echo-sides'
import { perSecond, timed } from '../timing'

const IN_FLIGHT = 200

/** Does as many jobs as `drive` says, {@link IN_FLIGHT} at a time. */
async function many(drive: Drive, job: (value: number) => Promise<void>): Promise<Reading> {
  const run = async (count: number) => {
    let next = 0
    const one = async () => {
      while (next < count) await job(next++)
    }
    await Promise.all(Array.from({ length: IN_FLIGHT }, one))
  }
  await run(Math.ceil(drive.size / 4))
  return perSecond(drive.size, await timed(drive, () => run(drive.size)))
}

export const jobs: Row = {
  name: 'jobs',
  title: `small jobs, ${IN_FLIGHT} in flight`,
  unit: 'jobs/s',
  against: 'loop',
  aim: { atLeast: 0.6 },
  size: 40_000,
  sides: echoSides(many),
}
