import type { Client } from '@arcp/client'
import { isArcpError } from '@arcp/protocol'
import { count } from '../agents/contracts'
import { Fail } from '../terminal/fail'
import type { Terminal } from '../terminal/terminal'

/** Submits a job again, as a program does that never learned what came of its request. */
export async function twiceChapter(client: Client, out: Terminal): Promise<void> {
  out.heading('A job that is submitted twice')
  const idempotencyKey = 'tour-1'
  const first = await client.submit(count, { to: 3 }, { idempotencyKey })
  await first.result()
  const second = await client.submit(count, { to: 3 }, { idempotencyKey })
  const { counted } = await second.result()
  if (second.id !== first.id) throw new Fail('the second submit made another job')
  out.success(`The same key and the same request are the same job: it counted to ${counted} once.`)
  const refusal = await client.submit(count, { to: 4 }, { idempotencyKey }).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!isArcpError(refusal, 'DUPLICATE_KEY'))
    throw new Fail('the key was taken for two jobs', { cause: refusal })
  out.success(`The same key with another request is refused: ${refusal.code}.`)
}
