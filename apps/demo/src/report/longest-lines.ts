/** How many of the longest lines are kept, per file and per file type. */
export const LONGEST_KEPT = 3

/** One of the longest lines of a text. */
export interface LongLine {
  /** Characters (code points of UTF-8), without the line's end (`\n` or `\r\n`). */
  readonly length: number
  /** Where it is, counted from 1. */
  readonly line: number
}

/**
 * Puts `candidate` into `kept`, which stays sorted, longest first, and no longer than {@link LONGEST_KEPT}.
 * Of lines of equal length the one that came first stays in front, unless `before` says otherwise.
 */
export function keepLongest<Line extends LongLine>(
  kept: Line[],
  candidate: Line,
  before: (a: Line, b: Line) => boolean = () => false,
): void {
  let at = kept.length
  while (at > 0) {
    const other = kept[at - 1]
    if (other === undefined || other.length > candidate.length) break
    if (other.length === candidate.length && !before(candidate, other)) break
    at--
  }
  if (at >= LONGEST_KEPT) return
  kept.splice(at, 0, candidate)
  if (kept.length > LONGEST_KEPT) kept.pop()
}
