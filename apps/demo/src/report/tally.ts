import type { FileFacts } from './analyze-file'
import { fileType } from './file-type'
import { keepLongest, type LongLine } from './longest-lines'
import { addTotals, noTotals, type Totals, totalsOf } from './totals'

/** A long line and the file it is in. */
interface LongLineOf extends LongLine {
  readonly path: string
}

/** The sums of one file type. */
export interface TypeTotals extends Totals {
  /** As {@link fileType} names it. */
  readonly type: string
  /** The longest lines of all its files: longest first, then by path and line. */
  readonly longest: LongLineOf[]
}

/** Sums files one by one. The order they come in makes no difference. */
export interface Tally {
  add(path: string, facts: FileFacts): void
  /** Over all files. */
  totals(): Totals
  /** By type: most lines first, then most bytes, then by name. */
  types(): TypeTotals[]
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function placedBefore(a: LongLineOf, b: LongLineOf): boolean {
  return (byName(a.path, b.path) || a.line - b.line) < 0
}

/** A tally of nothing. */
export function createTally(): Tally {
  const all = noTotals()
  const byType = new Map<string, TypeTotals>()

  return {
    add(path, facts) {
      const type = fileType(path)
      let sum = byType.get(type)
      if (sum === undefined) {
        sum = { type, ...noTotals(), longest: [] }
        byType.set(type, sum)
      }
      const one = totalsOf(facts)
      addTotals(all, one)
      addTotals(sum, one)
      if (facts.kind === 'binary') return
      for (const line of facts.text.longest) keepLongest(sum.longest, { ...line, path }, placedBefore)
    },
    totals: () => all,
    types: () =>
      [...byType.values()].sort((a, b) => b.lines - a.lines || b.bytes - a.bytes || byName(a.type, b.type)),
  }
}
