import type { Drive, Reading, Side } from '../row'
import { connectTo, serveAgents } from './arcp'
import { dialLoop, serveLoop } from './loop'
import { EchoLoop, echo, echoJob, serveEcho } from './small-job'

/** Does small jobs, of which `job` is one that returns `value`, and says what that took. */
type DoJobs = (drive: Drive, job: (value: number) => Promise<void>) => Promise<Reading>

/** Both sides of a row of small jobs. */
export function echoSides(doJobs: DoJobs): { readonly ours: Side; readonly loop: Side } {
  return {
    ours: {
      serve: () => serveAgents([echo]),
      async drive(drive) {
        const client = await connectTo(drive.url)
        return doJobs(drive, (value) => echoJob(client, value))
      },
    },
    loop: {
      serve: () => serveLoop(serveEcho),
      async drive(drive) {
        const client = new EchoLoop(await dialLoop(drive.url))
        return doJobs(drive, (value) => client.job(value))
      },
    },
  }
}
