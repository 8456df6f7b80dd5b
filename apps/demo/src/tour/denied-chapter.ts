import type { Client } from '@arcp/client'
import { isArcpError } from '@arcp/protocol'
import { report } from '../agents/contracts'
import { Fail } from '../terminal/fail'
import type { Terminal } from '../terminal/terminal'
import { visible } from '../visible'

/** Asks an agent for a report on what its lease does not cover. */
export async function deniedChapter(client: Client, out: Terminal): Promise<void> {
  out.heading('A job that may not read what it was sent for')
  out.line('The agent report@1.0.0 may read the files of the directory, and is sent for the one above it.')
  const job = await client.submit(report, { dir: '..' }, { lease: { 'fs.read': ['**'] } })
  for await (const event of job.events()) {
    if (event.type === 'job.tool_call') out.line(`  ${event.tool} ${visible(JSON.stringify(event.args))}`)
    else if (event.type === 'job.tool_result' && event.error) {
      out.line(`  ${out.paint('red', event.error.code)}: ${visible(event.error.message)}`)
    }
  }
  const outcome = await job.result().catch((error: unknown) => error)
  if (!isArcpError(outcome, 'PERMISSION_DENIED')) throw new Fail('the job was not denied', { cause: outcome })
  out.success(`Nothing was read. The agent got the error, and its job ended with it: ${outcome.code}.`)
}
