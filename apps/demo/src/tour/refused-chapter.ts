import type { Client } from '@arcp/client'
import { isArcpError } from '@arcp/protocol'
import { Fail } from '../terminal/fail'
import type { Terminal } from '../terminal/terminal'

/** Submits what an agent does not take. */
export async function refusedChapter(client: Client, out: Terminal): Promise<void> {
  out.heading('A job that is refused')
  const refusal = await client.submit('count', { to: 'a lot' }).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!isArcpError(refusal, 'INVALID_REQUEST')) throw new Fail('the job was not refused', { cause: refusal })
  out.success(`${refusal.code}: ${refusal.message}`)
  out.line('Nothing ran, and the session goes on as if nothing had happened.')
}
