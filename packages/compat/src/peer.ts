/**
 * Which implementation of the public draft a peer is; `draft` for one not recognised, which gets the draft's own form,
 * `rust` for one of an older protocol nobody here speaks.
 */
export type Dialect = 'python' | 'older-python' | 'typescript' | 'go' | 'java' | 'csharp' | 'draft'

/** What a peer says of itself in a hello or welcome. */
export interface PeerDescription {
  readonly name: string
  readonly version: string
  readonly features: readonly string[]
}

/** Whether a peer speaks the native form: it says so, or asks for no feature at all. `docs/protocol.md` §13. */
export function isNative(features: readonly string[]): boolean {
  return features.length === 0 || features.includes('typed_events')
}

/** Which implementation a peer of the draft is, by what it says of itself. */
export function recognise({ name }: PeerDescription): Dialect {
  const words = name.toLowerCase()
  if (words.includes('python')) return 'python'
  if (/typescript|\bts\b|node/.test(words)) return 'typescript'
  if (/\bgo\b|golang/.test(words)) return 'go'
  if (/\bjava\b/.test(words)) return 'java'
  if (/c#|csharp|dotnet|\.net/.test(words)) return 'csharp'
  return 'draft'
}
