import type { Client } from '@arcp/client'
import { isArcpError } from '@arcp/protocol'
import { count } from '../agents/contracts'
import { Fail } from '../terminal/fail'
import type { Terminal } from '../terminal/terminal'

/** Cancels a job while it runs. */
export async function cancelChapter(client: Client, out: Terminal): Promise<void> {
  out.heading('A job that is cancelled half-way')
  const steps = 40
  const job = await client.submit(count, { to: steps, delayMs: 25 })
  const progress = out.progress('count', steps)
  let last = 0
  for await (const event of job.events()) {
    if (event.type === 'job.progress') {
      last = event.current
      progress.update(event.current, event.total)
      if (event.current === steps / 2) await job.cancel('half is enough')
    } else if (event.type === 'job.cancelled') progress.end(`cancelled: ${event.reason}`)
  }
  const outcome = await job.result().catch((error: unknown) => error)
  if (!isArcpError(outcome, 'CANCELLED')) throw new Fail('the job was not cancelled', { cause: outcome })
  out.success(`It stopped at ${last} of ${steps}, and its result() rejects with ${outcome.code}.`)
}
