/** What the header of a delegation token says it is. `docs/protocol.md` §8. */
export const DELEGATION_TYPE = 'arcp-delegation+jwt'

/** What a token says, before anybody has vouched for it. */
export interface Unverified {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Whether a token says it is one that delegates. Read as leniently as any verifier might, so that none but the one for
 * delegation ever sees it.
 */
export function isDelegationToken(token: string): boolean {
  const end = token.indexOf('.')
  if (end <= 0) return false
  const typ = objectOf(() => Buffer.from(token.slice(0, end), 'base64url').toString('utf8'))?.typ
  return typeof typ === 'string' && typ.toLowerCase().replace(/^application\//, '') === DELEGATION_TYPE
}

/**
 * Reads the one way there is to write a signed token down: three segments of base64url without padding, stray bits or
 * other characters, the first two JSON objects in UTF-8. `undefined` for anything else.
 */
export function readCompact(token: string): Unverified | undefined {
  const segments = token.split('.')
  if (segments.length !== 3 || !segments.every(isCanonical)) return undefined
  const [header, claims] = segments.map((segment) =>
    objectOf(() => utf8.decode(Buffer.from(segment, 'base64url'))),
  )
  return header && claims && { header, claims }
}

function isCanonical(segment: string): boolean {
  return segment !== '' && Buffer.from(segment, 'base64url').toString('base64url') === segment
}

function objectOf(text: () => string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text())
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
