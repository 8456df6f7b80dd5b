import type { Row } from './table'

/** How a test ended: `passed`, `failed`, `skipped` … */
export type Outcome = string

/** What a run of tests did: for each file that ran, the outcome of each test by its name. */
export type Outcomes = ReadonlyMap<string, ReadonlyMap<string, Outcome>>

/**
 * Which claims of the table a run does not bear out, in words. A file that did not run says nothing, unless the run
 * was of everything.
 */
export function unproven(rows: readonly Row[], outcomes: Outcomes, complete: boolean): string[] {
  const complaints: string[] = []
  for (const { section, title, proofs } of rows.filter(({ status }) => status === 'done')) {
    for (const { file, name } of proofs) {
      const tests = outcomes.get(file)
      const outcome = tests?.get(name)
      if (outcome === 'passed' || (tests === undefined && !complete)) continue
      const what = tests ? (outcome ?? 'no such test') : 'the file did not run'
      complaints.push(`${section} ${title}: ${file}: ${JSON.stringify(name)}: ${what}`)
    }
  }
  return complaints
}
