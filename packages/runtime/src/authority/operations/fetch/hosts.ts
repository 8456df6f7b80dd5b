import { isIP } from 'node:net'
import { covers } from '@arcp/protocol/lease'

/** The IP address a URL names as its host. */
export function addressOf({ hostname }: URL): string | undefined {
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  return isIP(host) === 0 ? undefined : host
}

/** Whether a pattern without wildcards in its host covers a URL. */
export function namesHost(patterns: readonly string[], url: URL): boolean {
  const literal = patterns.filter(
    (pattern) => URL.canParse(pattern) && !new URL(pattern).hostname.includes('*'),
  )
  return covers({ 'net.fetch': literal }, 'net.fetch', url.href)
}
