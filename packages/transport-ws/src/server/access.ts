import type { IncomingMessage } from 'node:http'
import { type HostName, isLoopback, isWildcard, parseHost } from './host'
import { isLoopbackOrigin, normalizeOrigin } from './origin'

/** Who may connect. Both checks keep web pages of others away from a runtime. `docs/protocol.md` §12. */
export interface AccessOptions {
  /**
   * Names under which clients reach this runtime, besides loopback names and the one it is bound to: `name` for any
   * port, `name:port` for one. Required for `attach`, and for `listen` on anything but loopback; `[]` if there are
   * none.
   */
  readonly hosts?: readonly string[]
  /**
   * Origins of web pages that may connect, such as `https://app.example.com`, besides pages from loopback when
   * listening there. `null` is the origin of sandboxed pages and files: naming it lets any page in. Default: none.
   */
  readonly origins?: readonly string[]
}

/** Each looks at a request and says, in words for whoever runs the client, why it is refused, if it is. */
export interface Access {
  checkHost(request: IncomingMessage): string | undefined
  checkOrigin(request: IncomingMessage): string | undefined
}

/**
 * @param boundTo The host listened on; absent when attached to a server of somebody else's.
 * @throws TypeError for entries that are no hosts or origins, and when `hosts` is needed and absent.
 */
export function accessRules(options: AccessOptions, boundTo?: string): Access {
  const bound =
    boundTo === undefined ? undefined : parseHost(boundTo.includes(':') ? `[${boundTo}]` : boundTo)
  const onLoopback = bound !== undefined && isLoopback(bound.name)
  if (!options.hosts && !onLoopback) throw new TypeError(hostsMissing(boundTo))

  const allowedHosts = (options.hosts ?? []).map(parseHostOption)
  if (bound && !isWildcard(bound.name)) allowedHosts.push({ name: bound.name, port: undefined })
  const allowedOrigins = new Set((options.origins ?? []).map(parseOriginOption))

  return {
    checkHost({ headersDistinct }) {
      const [text = '', ...more] = headersDistinct.host ?? []
      const host = more.length > 0 ? undefined : parseHost(text)
      if (host && (isLoopback(host.name) || allowedHosts.some((allowed) => covers(allowed, host))))
        return undefined
      return `The Host header ${quote(text)} is not allowed here. To allow it, name it in the option \`hosts\`.`
    },
    checkOrigin({ headers }) {
      // The older of the two protocol versions that are spoken has another name for it.
      const text = headers.origin ?? headers['sec-websocket-origin']?.toString()
      if (text === undefined) return undefined
      const origin = normalizeOrigin(text)
      if (origin && (allowedOrigins.has(origin) || (onLoopback && isLoopbackOrigin(origin)))) return undefined
      return `Pages of the origin ${quote(text)} may not connect here. To allow them, name it in the option \`origins\`.`
    },
  }
}

function covers(allowed: HostName, host: HostName): boolean {
  return allowed.name === host.name && (allowed.port === undefined || allowed.port === host.port)
}

function parseHostOption(text: string): HostName {
  const host = parseHost(text)
  if (!host) throw new TypeError(`the option \`hosts\` takes names such as "example.com", not ${quote(text)}`)
  return host
}

function parseOriginOption(text: string): string {
  const origin = normalizeOrigin(text)
  if (origin) return origin
  throw new TypeError(
    `the option \`origins\` takes origins such as "https://example.com", not ${quote(text)}`,
  )
}

function hostsMissing(boundTo: string | undefined): string {
  const where =
    boundTo === undefined ? 'attaching to a server' : `listening on ${boundTo}, which is not loopback,`
  return `${where} needs the option \`hosts\`: the names under which clients reach the runtime, [] for loopback names only`
}

/** Text of a stranger, fit to be shown. */
function quote(text: string): string {
  return JSON.stringify(text.slice(0, 100))
}
