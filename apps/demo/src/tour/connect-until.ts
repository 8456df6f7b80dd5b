import { type Client, connect } from '@arcp/client'
import type { Dialer } from '@arcp/protocol/transport'

/** Connects. Aborting the signal closes the client, so that whatever waits for it rejects. */
export async function connectUntil(
  dialer: Dialer,
  { token, signal }: { readonly token: string; readonly signal: AbortSignal },
): Promise<Client> {
  const client = await connect(dialer, { token, signal })
  const stop = () => void client.close('interrupted')
  signal.addEventListener('abort', stop, { once: true })
  client.onStateChange((state) => {
    if (state === 'closed') signal.removeEventListener('abort', stop)
  })
  return client
}
