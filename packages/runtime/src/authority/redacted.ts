/** The most of a target that is told. */
const MAX_TOLD = 1_024

/** So long a segment of a path, with a digit in it, is more likely a key than a name. */
const KEY_LENGTH = 20

/**
 * A target as it may be told to observers and followers, never without end: of a URL no user info, query or fragment, nor
 * what looks like a key in its path.
 */
export function redacted(namespace: string, target: string): string {
  const told = namespace === 'net.fetch' ? withoutSecrets(target) : target
  return told.length > MAX_TOLD ? `${told.slice(0, MAX_TOLD)}…` : told
}

function withoutSecrets(target: string): string {
  if (!URL.canParse(target)) return '(not a URL)'
  const url = new URL(target)
  // Such a URL is one opaque text, a secret as likely as anything.
  if (url.host === '') return url.protocol
  const path = url.pathname.split('/').map((segment) => (isLikelyKey(segment) ? '…' : segment))
  return `${url.protocol}//${url.host}${path.join('/')}`
}

function isLikelyKey(segment: string): boolean {
  return segment.length >= KEY_LENGTH && /\d/.test(segment)
}
