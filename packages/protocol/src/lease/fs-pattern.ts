/** What is wrong with a pattern for files; `undefined` when nothing is. */
export function fsPatternFault(pattern: string): string | undefined {
  if (pattern.includes('\0')) return 'expected a path'
  const wildAt = pattern.indexOf('*')
  const isStray = wildAt !== -1 && /\/\.{0,2}(\/|$)/.test(pattern.slice(wildAt))
  return isStray ? 'expected no empty segment, . or .. behind a wildcard' : undefined
}
