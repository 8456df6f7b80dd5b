import type { ObservedOperation } from '@arcp/protocol/observe'
import { redacted } from '../../redacted'

/** A request as observers may see it, whatever it was made with. Never throws. */
export function observedRequest(url: unknown, method: unknown): ObservedOperation {
  const target = typeof url === 'string' || url instanceof URL ? String(url) : ''
  const verb = typeof method === 'string' ? method.toUpperCase() : 'GET'
  return { kind: 'fetch', method: verb, url: redacted('net.fetch', target) }
}
