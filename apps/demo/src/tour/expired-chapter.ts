import type { Client } from '@arcp/client'
import { isArcpError } from '@arcp/protocol'
import { count } from '../agents/contracts'
import { Fail } from '../terminal/fail'
import type { Terminal } from '../terminal/terminal'

/** Gives a job less time than it takes. */
export async function expiredChapter(client: Client, out: Terminal): Promise<void> {
  out.heading('A job that runs out of time')
  const steps = 1_000
  out.line(`The agent count@1.0.0 counts to ${steps}, by a lease of half a second.`)
  const job = await client.submit(count, { to: steps, delayMs: 25 }, { expiresInS: 0.5 })
  const progress = out.progress('count', steps)
  let last = 0
  for await (const event of job.events()) {
    if (event.type === 'job.progress') {
      last = event.current
      progress.update(event.current, event.total)
    } else if (event.type === 'job.failed') progress.end(`failed: ${event.error.message}`)
  }
  const outcome = await job.result().catch((error: unknown) => error)
  if (!isArcpError(outcome, 'LEASE_EXPIRED')) throw new Fail('the lease did not end', { cause: outcome })
  out.success(`It stopped at ${last} of ${steps}, and its result() rejects with ${outcome.code}.`)
}
