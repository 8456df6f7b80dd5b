import { tableRows } from '../docs/markdown'

/** A test that proves a row: its file and its name. */
export interface Proof {
  readonly file: string
  readonly name: string
}

/** One row of the table in docs/conformance.md. */
export interface Row {
  readonly section: string
  readonly title: string
  readonly status: string
  /** Files and folders of this repository that implement it. */
  readonly sources: readonly string[]
  readonly proofs: readonly Proof[]
}

/**
 * Reads the table of docs/conformance.md. A source is a link, a proof a link to a file of tests and behind it, after
 * a colon, the test's name; several stand on lines of their own.
 *
 * @throws Error for a cell that is not of this form
 */
export function readTable(page: string): Row[] {
  return tableRows(page).map(([section = '', title = '', status = '', sources = '', proofs = '']) => ({
    section,
    title,
    status,
    sources: linesOf(sources).map((line) => linkOf(line).path),
    proofs: linesOf(proofs).map((line) => {
      const { path, rest } = linkOf(line)
      const name = rest.replace(/^: /, '')
      if (name === rest) throw new Error(`${section}: ${JSON.stringify(line)} names no test`)
      return { file: path, name }
    }),
  }))
}

function linesOf(cell: string): string[] {
  return cell === '—' || cell === '' ? [] : cell.split('<br>').map((line) => line.trim())
}

/** A link out of docs/, and what follows it. */
function linkOf(line: string): { path: string; rest: string } {
  const match = /^\[[^\]]+\]\(\.\.\/([^)]+)\)(.*)$/.exec(line)
  if (!match) throw new Error(`${JSON.stringify(line)} is no link to a file of this repository`)
  return { path: match[1] ?? '', rest: match[2] ?? '' }
}
