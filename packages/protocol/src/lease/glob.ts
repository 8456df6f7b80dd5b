/**
 * Whether `text` is one of the names a pattern stands for: `*` is any run of characters within a segment, `**` any
 * run across segments, segments being what `/` divides. A trailing `/**` covers the directory itself, never a sibling.
 *
 * Linear in the product of both lengths, whatever the pattern. `docs/protocol.md` §7.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  if (pattern.endsWith('/**') && matchesGlob(pattern.slice(0, -3), text)) return true
  const tokens = tokenize(pattern)
  let states = closure(tokens, [0])
  for (let i = 0; i < text.length; i++) {
    states = closure(tokens, step(tokens, states, text.charAt(i)))
    if (states.length === 0) return false
  }
  return states.includes(tokens.length)
}

type Token = '*' | '**' | { readonly literal: string }

function tokenize(pattern: string): Token[] {
  const tokens: Token[] = []
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern.charAt(i)
    if (character !== '*') tokens.push({ literal: character })
    else if (pattern.charAt(i + 1) !== '*') tokens.push('*')
    else {
      tokens.push('**')
      while (pattern.charAt(i + 1) === '*') i++
    }
  }
  return tokens
}

/** Where each state may also be without reading on: past a wildcard that stands for nothing. */
function closure(tokens: readonly Token[], states: readonly number[]): number[] {
  const reached = new Set<number>()
  for (const state of states) {
    let at = state
    reached.add(at)
    while (typeof tokens[at] === 'string') reached.add(++at)
  }
  return [...reached]
}

function step(tokens: readonly Token[], states: readonly number[], character: string): number[] {
  const next: number[] = []
  for (const state of states) {
    const token = tokens[state]
    if (token === undefined) continue
    if (token === '**' || (token === '*' && character !== '/')) next.push(state)
    else if (typeof token === 'object' && token.literal === character) next.push(state + 1)
  }
  return next
}
