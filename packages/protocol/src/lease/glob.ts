import { accepts, type Language, language, type Step } from './language'

/**
 * Whether `text` is one of the names a pattern stands for: `*` is any run of characters within a segment, `**` any
 * run across segments, segments being what `/` divides. A trailing `/**` covers the directory itself, never a sibling.
 *
 * Linear in the product of both lengths, whatever the pattern. `docs/protocol.md` §7.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  return accepts([globLanguage(pattern)], text)
}

/** What a pattern stands for. */
export function globLanguage(pattern: string): Language {
  const steps = globSteps(pattern, '/', '')
  return pattern.endsWith('/**') ? language(steps, steps.length - 2) : language(steps)
}

/**
 * The steps of a pattern.
 *
 * @param within characters that `*` stops at
 * @param across characters that `**` stops at
 */
export function globSteps(pattern: string, within: string, across: string): Step[] {
  return (pattern.match(/\*+|[^*]/gs) ?? []).map((part) => {
    if (!part.startsWith('*')) return part
    return { except: part === '*' ? within : across }
  })
}
