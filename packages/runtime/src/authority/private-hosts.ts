import ipaddr from 'ipaddr.js'
import { isPublicAddress } from './public-address'

/**
 * Whether a pattern for URLs says itself that it stands for hosts which are not public: it names `localhost`, or an
 * address that is not public or has a wildcard in it. `docs/protocol.md` §7.
 */
export function namesPrivateHost(pattern: string): boolean {
  if (!URL.canParse(pattern)) return false
  const host = new URL(pattern).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (host === 'localhost' || host.endsWith('.localhost')) return true
  if (ipaddr.isValid(host)) return !isPublicAddress(host)
  return /^[\d.*]*\d[\d.*]*$/.test(host)
}
