import ipaddr from 'ipaddr.js'

/**
 * Whether an IP address is one of the public internet: none of this machine, of private, shared, link-local or unique
 * local networks, none that stands for many, is reserved, or hides another address in it, and none that only looks
 * public. An IPv4 address in the form of an IPv6 one counts as what it is.
 */
export function isPublicAddress(address: string): boolean {
  // What else looks like an address, such as one with a zone, is none that may be relied on.
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address)
  if (!isAddress || address.includes('%')) return false
  const plain = ipaddr.process(address)
  if (plain.range() !== 'unicast' || plain.toString() === AZURE_PLATFORM) return false
  return plain.kind() === 'ipv4' || plain.match(GLOBAL_UNICAST)
}

/** The only part of IPv6 that is given to networks of the internet. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3')

/** Where virtual machines of Azure are told their configuration and certificates; nothing else is there. */
const AZURE_PLATFORM = '168.63.129.16'
