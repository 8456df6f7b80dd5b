import type { Dialer } from '@arcp/protocol/transport'
import { Sessions } from './sessions'
import { type ClientTransportParts, clientTransport } from './transport'

/** What {@link clientSide} needs. */
export type ClientSideParts = Omit<ClientTransportParts, 'sessions' | 'medium'>

/** A dialer that reaches runtimes of the public draft too. What it knows of their sessions outlives transports. */
export function clientSide(dialer: Dialer, parts: ClientSideParts): Dialer {
  const sessions = new Sessions(parts.limits)
  const { transport: medium } = dialer
  return {
    ...(medium === undefined ? {} : { transport: medium }),
    open: async (signal) => clientTransport(await dialer.open(signal), { ...parts, sessions, medium }),
  }
}
