import { hostnameOf, isLoopback } from './host'

/**
 * An `Origin` header, or an entry of the option `origins`, in its one spelling.
 *
 * @returns nothing for what is no origin, such as an address with a path.
 */
export function normalizeOrigin(text: string): string | undefined {
  if (text === 'null') return text
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s]+$/i.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.origin === 'null') return text.toLowerCase()
  return `${url.protocol}//${hostnameOf(url)}${url.port && `:${url.port}`}`
}

/** Whether a normalized origin is a web page served from this machine. */
export function isLoopbackOrigin(origin: string): boolean {
  return /^https?:/.test(origin) && isLoopback(hostnameOf(new URL(origin)))
}
