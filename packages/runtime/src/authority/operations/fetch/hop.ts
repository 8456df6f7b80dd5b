import { type BodyInit, Headers, type Response } from 'undici'

/** One request on the way to a response. */
export interface Hop {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  readonly body: BodyInit | null
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** What speaks for the agent to one origin, and is no other one's business. */
const CREDENTIALS = ['authorization', 'cookie', 'proxy-authorization']

/** What describes a body. */
const OF_BODY = ['content-encoding', 'content-language', 'content-length', 'content-location', 'content-type']

/** Where a response sends on to; `undefined` when it does not. */
export function redirectOf({ status, headers }: Response): string | undefined {
  return REDIRECTS.has(status) ? (headers.get('location') ?? undefined) : undefined
}

/**
 * The request that follows a redirect, as the Fetch standard has it: without credentials for another origin, and
 * without the body where the method becomes GET.
 *
 * @throws TypeError for what is no URL, or a body that cannot be sent twice
 */
export function nextHop({ url, method, headers, body }: Hop, status: number, location: string): Hop {
  const next = new URL(location, url)
  const kept = new Headers(headers)
  if (next.origin !== url.origin) for (const name of CREDENTIALS) kept.delete(name)
  const becomesGet =
    status === 303
      ? method !== 'GET' && method !== 'HEAD'
      : (status === 301 || status === 302) && method === 'POST'
  if (becomesGet) {
    for (const name of OF_BODY) kept.delete(name)
    return { url: next, method: 'GET', headers: kept, body: null }
  }
  if (isStream(body))
    throw new TypeError('a body that is a stream cannot be sent again to where it was redirected')
  return { url: next, method, headers: kept, body }
}

function isStream(body: BodyInit | null): boolean {
  return (
    typeof body === 'object' &&
    body !== null &&
    (Symbol.asyncIterator in body || body instanceof ReadableStream)
  )
}
