import { ConnectionError } from '@arcp/protocol'
import type { Dialer, Transport } from '@arcp/protocol/transport'
import type { Settings } from '../options'
import { within } from './waits'

/**
 * Opens a transport. One that opens after nobody waits for it any more is closed again.
 *
 * @throws ConnectionError when that fails or takes too long; the signal's reason when it aborts first
 */
export async function dial(
  dialer: Dialer,
  { clock, limits }: Settings,
  outer: AbortSignal | undefined,
): Promise<Transport> {
  const ms = limits.dialTimeoutMs
  const late = () => new ConnectionError(`no connection within ${ms} ms; is the runtime reachable?`)
  return within({ clock, ms, outer }, late, async (signal) => {
    const transport = await open(dialer, signal)
    if (!signal.aborted) return transport
    transport.close()
    throw signal.reason
  })
}

async function open(dialer: Dialer, signal: AbortSignal): Promise<Transport> {
  try {
    return await dialer.open(signal)
  } catch (cause) {
    if (signal.aborted || cause instanceof ConnectionError) throw cause
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new ConnectionError(`cannot connect: ${message}`, { cause })
  }
}
