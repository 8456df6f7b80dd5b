import { createRemoteJWKSet, customFetch, type FetchImplementation, type JWTVerifyGetKey } from 'jose'

/** How long published keys may take to arrive; within the time a runtime gives to authentication. */
const FETCH_MS = 3_000

/** How much a set of published keys may be, in bytes. */
const MAX_BYTES = 256 * 1024

/**
 * Keys that are published as a JWK set: fetched when they are needed, and cached for 10 minutes. A key that is not among
 * them has them fetched again, at most every 30 seconds.
 */
export function remoteKeys(url: URL): JWTVerifyGetKey {
  return createRemoteJWKSet(url, { timeoutDuration: FETCH_MS, [customFetch]: fetchAtMost })
}

const fetchAtMost: FetchImplementation = async (url, options) => {
  const response = await fetch(url, options)
  if (response.status !== 200) {
    await response.body?.cancel()
    return response
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > MAX_BYTES) throw new Error(`the published keys are more than ${MAX_BYTES} bytes`)
    chunks.push(chunk)
  }
  return new Response(Buffer.concat(chunks))
}
