/** The most of a target that is told. */
const MAX_TOLD = 1_024

/** A target as it may be told to observers and followers: no user info, query or fragment, and never without end. */
export function redacted(namespace: string, target: string): string {
  const told = namespace === 'net.fetch' ? withoutSecrets(target) : target
  return told.length > MAX_TOLD ? `${told.slice(0, MAX_TOLD)}…` : told
}

function withoutSecrets(target: string): string {
  if (!URL.canParse(target)) return '(not a URL)'
  const url = new URL(target)
  // Such a URL is one opaque text, a secret as likely as anything.
  if (url.host === '') return url.protocol
  return `${url.protocol}//${url.host}${url.pathname}`
}
