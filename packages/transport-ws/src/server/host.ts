import { BlockList, isIP } from 'node:net'

/** A `Host` header, or an entry of the option `hosts`, taken apart. */
export interface HostName {
  /** Lower case, no trailing dot, addresses in their shortest form, IPv6 in brackets. */
  readonly name: string
  /** As written, leading zeros aside; absent when none was. */
  readonly port: number | undefined
}

const FORM = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/i

/** @returns nothing for anything but `name`, `name:port`, `[address]` or `[address]:port`. */
export function parseHost(text: string): HostName | undefined {
  const [, name, port] = FORM.exec(text) ?? []
  if (name === undefined || !URL.canParse(`http://${text}`)) return undefined
  return { name: hostnameOf(new URL(`http://${name}`)), port: port === undefined ? undefined : Number(port) }
}

/** The host of a URL, in the form {@link HostName} has. */
export function hostnameOf(url: URL): string {
  return url.hostname.replace(/\.$/, '')
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether `name` means this machine alone: `localhost`, 127.0.0.0/8 or `::1`, in the form {@link HostName} has. */
export function isLoopback(name: string): boolean {
  const address = name.replace(/^\[(.*)\]$/, '$1')
  const version = isIP(address)
  if (version === 0) return name === 'localhost'
  return loopback.check(address, version === 4 ? 'ipv4' : 'ipv6')
}

/** Whether `name` is the address that stands for every address, and so names no host. */
export function isWildcard(name: string): boolean {
  return name === '0.0.0.0' || name === '[::]'
}
