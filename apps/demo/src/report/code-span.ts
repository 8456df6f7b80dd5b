import { visible } from '../visible'

/**
 * Any text as Markdown code on one line, fit for a table cell: what is invisible is spelled out, pipes are
 * escaped, and the fence is longer than any run of backticks inside.
 */
export function codeSpan(text: string): string {
  const shown = visible(text).replaceAll('|', '\\|')
  const runs = shown.match(/`+/g) ?? []
  const longest = runs.reduce((length, run) => Math.max(length, run.length), 0)
  const fence = '`'.repeat(longest + 1)
  // Markdown takes one space off either end where there is one at both.
  const pad = /^`|`$|^ .*[^ ].* $/.test(shown) ? ' ' : ''
  return fence + pad + shown + pad + fence
}
