import { type Client, connect } from '@arcp/client'
import type { Observer } from '@arcp/protocol/observe'
import type { Dialer } from '@arcp/protocol/transport'

/** As whom to connect, until when, and who watches. */
export interface Visit {
  readonly token: string
  readonly signal: AbortSignal
  readonly observe?: Observer
}

/** Connects. Aborting the signal closes the client, so that whatever waits for it rejects. */
export async function connectUntil(dialer: Dialer, visit: Visit): Promise<Client> {
  const { signal } = visit
  const client = await connect(dialer, visit)
  const stop = () => void client.close('interrupted')
  signal.addEventListener('abort', stop, { once: true })
  client.onStateChange((state) => {
    if (state === 'closed') signal.removeEventListener('abort', stop)
  })
  return client
}
