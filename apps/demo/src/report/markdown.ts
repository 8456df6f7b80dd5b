import { basename } from 'node:path'
import type { DirectoryReport } from './analyze-directory'
import { codeSpan } from './code-span'
import { MARKERS } from './markers'
import { formatBytes, formatCount } from './numbers'
import type { TypeTotals } from './tally'
import { addTotals, countMarkers, noTotals, type Totals } from './totals'

/** File types with rows of their own in a table; the others share its last one. */
export const TYPES_SHOWN = 40

/** Files left out that are named; the others are counted. */
export const SKIPPED_SHOWN = 20

const HOW_IT_IS_COUNTED = `Lines are newline characters and words are what stands between white space, as \`wc\` counts them in a UTF-8
locale. A line's length is in characters. A file with a NUL byte in its first 8 KiB is binary: it is only
weighed. Links are not followed.
`

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`
}

/** The head of a table: the columns, of which those after the first `text` ones hold numbers. */
function head(text: number, ...names: string[]): string {
  return row(names) + row(names.map((_, i) => (i < text ? '---' : '---:')))
}

function heading(text: string): string {
  return `\n## ${text}\n\n`
}

function totalsRow(label: string, totals: Totals): string {
  const { files, binary, lines, words, bytes, markers } = totals
  const counts = [files, binary, lines, words, countMarkers(markers)].map(formatCount)
  return row([label, ...counts, formatBytes(bytes)])
}

function sourceSentence({ source }: DirectoryReport): string {
  return source.kind === 'git'
    ? "The files are those of git's own list, so ignored ones are left out.\n"
    : `The files are all but the hidden ones: ${codeSpan(source.reason)}.\n`
}

function* typesTable({ types, totals }: DirectoryReport): Iterable<string> {
  yield heading('By file type')
  yield head(1, 'Type', 'Files', 'Binary', 'Lines', 'Words', 'Markers', 'Size')
  for (const type of types.slice(0, TYPES_SHOWN)) yield totalsRow(codeSpan(type.type), type)
  const others = types.slice(TYPES_SHOWN)
  if (others.length > 0) {
    const sum = noTotals()
    for (const type of others) addTotals(sum, type)
    yield totalsRow(`${formatCount(others.length)} other types`, sum)
  }
  yield totalsRow('**All**', totals)
}

function* markersTable({ types, totals }: DirectoryReport): Iterable<string> {
  if (countMarkers(totals.markers) === 0) return
  const cells = (counted: Totals) => MARKERS.map((marker) => formatCount(counted.markers[marker]))
  yield heading('Markers')
  yield head(1, 'Type', ...MARKERS)
  const marked = types.filter((type) => countMarkers(type.markers) > 0)
  for (const type of marked.slice(0, TYPES_SHOWN)) yield row([codeSpan(type.type), ...cells(type)])
  yield row(['**All**', ...cells(totals)])
}

function* longestTable({ types }: DirectoryReport): Iterable<string> {
  const withLines = types.filter((type: TypeTotals) => type.longest.length > 0)
  if (withLines.length === 0) return
  yield heading('Longest lines')
  yield head(2, 'Type', 'Where', 'Characters')
  for (const { type, longest } of withLines.slice(0, TYPES_SHOWN)) {
    for (const { path, line, length } of longest) {
      yield row([codeSpan(type), codeSpan(`${path}:${line}`), formatCount(length)])
    }
  }
}

function* skippedList({ skipped }: DirectoryReport): Iterable<string> {
  if (skipped.length === 0) return
  yield heading('Left out')
  for (const { path, reason } of skipped.slice(0, SKIPPED_SHOWN)) {
    yield `- ${codeSpan(path)}: ${codeSpan(reason)}\n`
  }
  const more = skipped.length - SKIPPED_SHOWN
  if (more > 0) yield `- and ${formatCount(more)} more\n`
}

/**
 * The report as Markdown (tables as GitHub reads them), piece by piece: a heading or a row at a time, each
 * ending with a newline. The same report always gives the same text: it holds no time, and no path but
 * those of the files and the directory's last name.
 */
export function* renderMarkdown(report: DirectoryReport): Iterable<string> {
  yield `# Report on ${codeSpan(basename(report.dir) || report.dir)}\n\n`
  yield sourceSentence(report)
  yield* typesTable(report)
  yield* markersTable(report)
  yield* longestTable(report)
  yield* skippedList(report)
  yield heading('How it is counted')
  yield HOW_IT_IS_COUNTED
}
