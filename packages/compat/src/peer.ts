import type { Envelope } from '@arcp/protocol'
import { isObject, stringsOf, textOf } from './json'

/**
 * Which implementation of the public draft a peer is: `older-python` up to release 1.1.3, `python` after it; `draft` is
 * one that is not recognised, and gets the draft's own form.
 */
export type Dialect = 'python' | 'older-python' | 'typescript' | 'go' | 'java' | 'csharp' | 'draft'

/** The features a hello or welcome names. */
export function featuresOf({ payload }: Envelope): string[] {
  return isObject(payload.capabilities) ? stringsOf(payload.capabilities.features) : []
}

/**
 * Whether a first frame comes from a peer of the draft: one that names features, and typed events not among them, or one
 * that resumes in the draft's own way. `docs/protocol.md` §13.
 */
export function isOfDraft(frame: Envelope): boolean {
  if (frame.type === 'session.resume') return true
  const features = featuresOf(frame)
  return features.length > 0 && !features.includes('typed_events')
}

/**
 * Which implementation a peer of the draft is, by its hello or welcome: by what no other puts into one, and where there is
 * no such thing, by its name, which may be an application's.
 */
export function recognise(frame: Envelope): Dialect {
  const { client, runtime, capabilities, resume_token } = frame.payload
  const named = isObject(client) ? client : isObject(runtime) ? runtime : {}
  const name = textOf(named.name)?.toLowerCase() ?? ''
  const features = featuresOf(frame)
  const dialectOfToken = TOKENS.find(([, form]) => form.test(textOf(resume_token) ?? ''))?.[0]
  if (dialectOfToken) return dialectOfToken === 'python' ? pythonOf(features) : dialectOfToken
  const isHello = frame.type === 'session.hello'
  if ('timestamp' in frame) return 'csharp'
  if (isHello && isObject(capabilities) && Array.isArray(capabilities.agents)) return pythonOf(features)
  for (const [dialect, words] of NAMES) {
    if (words.test(name)) return dialect === 'python' ? pythonOf(features) : dialect
  }
  return isHello && features.length > 1 && isSorted(features) ? 'java' : 'draft'
}

const NAMES: readonly [Dialect, RegExp][] = [
  ['python', /python|\bpy\b/],
  ['typescript', /typescript|\bts\b|\bnode\b/],
  ['go', /\bgo\b|golang/],
  ['java', /\bjava\b/],
  ['csharp', /c#|csharp|\.net\b|dotnet/],
]

/** The form that tokens in welcomes have. */
const TOKENS: readonly [Dialect, RegExp][] = [
  ['python', /^rtk_[0-9A-HJKMNP-TV-Z]{26}$/],
  ['typescript', /^rt_[0-9a-f]{64}$/],
  ['go', /^[0-9A-HJKMNP-TV-Z]{26}$/],
  ['java', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/],
]

/** Releases after 1.1.3 name `model.use` for everyone, in the midst of the others; earlier ones behind them, if at all. */
function pythonOf(features: readonly string[]): Dialect {
  const model = features.indexOf('model.use')
  return model >= 0 && model < features.indexOf('progress') ? 'python' : 'older-python'
}

function isSorted(features: readonly string[]): boolean {
  return features.every((feature, i) => i === 0 || (features[i - 1] as string) < feature)
}
