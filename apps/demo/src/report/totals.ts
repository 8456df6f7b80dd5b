import type { FileFacts } from './analyze-file'
import { MARKERS, type MarkerCounts, noMarkers } from './markers'

/** Sums over some files. */
export interface Totals {
  /** Files read, binary ones included. */
  files: number
  /** Those of them that are binary: they add to `files` and `bytes` only. */
  binary: number
  bytes: number
  lines: number
  words: number
  markers: MarkerCounts
}

/** The sums over no file. */
export function noTotals(): Totals {
  return { files: 0, binary: 0, bytes: 0, lines: 0, words: 0, markers: noMarkers() }
}

/** What one file adds to a sum. */
export function totalsOf(facts: FileFacts): Totals {
  const { bytes } = facts
  if (facts.kind === 'binary') return { ...noTotals(), files: 1, binary: 1, bytes }
  const { lines, words, markers } = facts.text
  return { files: 1, binary: 0, bytes, lines, words, markers }
}

/** Adds `more` to `sum`, in place. */
export function addTotals(sum: Totals, more: Totals): void {
  for (const key of ['files', 'binary', 'bytes', 'lines', 'words'] as const) sum[key] += more[key]
  for (const marker of MARKERS) sum.markers[marker] += more.markers[marker]
}

/** All markers together. */
export function countMarkers(markers: MarkerCounts): number {
  return MARKERS.reduce((sum, marker) => sum + markers[marker], 0)
}
