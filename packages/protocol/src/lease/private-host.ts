import ipaddr from 'ipaddr.js'
import { isPublicAddress } from './public-address'

/**
 * The host of a URL, or of a pattern for URLs, if no wildcard may stand for it: `localhost`, an address that is not
 * public, an address with a wildcard in it. `undefined` for any other host. `docs/protocol.md` §7.
 */
export function privateHostOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  return isPrivate(host) ? host : undefined
}

function isPrivate(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost')) return true
  if (ipaddr.isValid(host)) return !isPublicAddress(host)
  // One way to read each text, so that a long one takes no longer than its length.
  return /^[.*]*\d[\d.*]*$/.test(host)
}
