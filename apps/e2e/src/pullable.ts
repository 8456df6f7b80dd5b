import type { Client } from '@arcp/client'
import { CloseCode, type Dialer, type Transport } from '@arcp/protocol/transport'

/** A dialer whose last transport can be destroyed, as a cable is pulled. */
export interface Pullable {
  readonly dialer: Dialer
  /** Destroys the transport in use without a word to either end. */
  readonly pull: () => void
}

/** Dials as the inner one does, through transports that can be destroyed. */
export function pullable(inner: Dialer): Pullable {
  let current: Transport | undefined
  return {
    dialer: {
      async open(signal) {
        current = await inner.open(signal)
        return current
      },
    },
    pull: () => current?.close(CloseCode.abnormal),
  }
}

/** Destroys the client's transport, and resolves when it has come back over another. */
export async function droppedOnce(client: Client, pull: () => void): Promise<void> {
  const back = new Promise<void>((resolve) => {
    const off = client.onStateChange((state) => {
      if (state !== 'connected') return
      off()
      resolve()
    })
  })
  pull()
  await back
}
