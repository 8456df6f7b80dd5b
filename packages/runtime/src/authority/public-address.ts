import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * Whether an IP address is one of the public internet: none of this machine, of private, shared, link-local or unique
 * local networks, none that stands for many, is reserved, or hides another address in it. An IPv4 address in the form of
 * an IPv6 one counts as what it is.
 */
export function isPublicAddress(address: string): boolean {
  // What else looks like an address, such as one with a zone, is none that may be relied on.
  if (isIP(address) === 0 || address.includes('%')) return false
  const plain = ipaddr.process(address)
  return plain.range() === 'unicast' && (plain.kind() === 'ipv4' || plain.match(GLOBAL_UNICAST))
}

/** The only part of IPv6 that is given to networks of the internet. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3')
