import { ConnectionError } from '@arcp/protocol'
import type { Dialer, Transport } from '@arcp/protocol/transport'
import { messageOf } from '../failures'

/**
 * Opens a transport. One that opens after the signal has aborted is closed again.
 *
 * @throws ConnectionError when that fails, the signal's reason where the dialer heeds it
 */
export async function dial(dialer: Dialer, signal: AbortSignal): Promise<Transport> {
  try {
    const transport = await dialer.open(signal)
    if (signal.aborted) transport.close()
    return transport
  } catch (cause) {
    if (signal.aborted || cause instanceof ConnectionError) throw cause
    throw new ConnectionError(`cannot connect: ${messageOf(cause)}`, { cause })
  }
}
