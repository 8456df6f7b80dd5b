import type { Reading, Row } from '../row'
import type { Measured } from './run'
import { type Summary, summarize } from './statistics'

/** A row's outcome, from all its runs. */
export interface Result {
  readonly row: Row
  readonly runs: number
  /** How much work each run did. */
  readonly size: number
  readonly ours: Summary
  readonly loop: Summary | undefined
  /** Ours by the loop's, of each pair of runs; busy by idle; for a limit, the value itself. */
  readonly ratio: Summary
  /** The same of the loop beside itself at idle. */
  readonly loopRatio: Summary | undefined
  /** Processor time of ours by the loop's, for the same work. */
  readonly cpuRatio: Summary | undefined
  readonly met: boolean
}

export function resultOf({ row, size, ours, loop }: Measured): Result {
  const byIdle = ({ value, idle = Number.NaN }: Reading) => value / idle
  const byLoop = (of: (reading: Reading) => number | undefined) =>
    ours.map((reading, run) => (of(reading) ?? Number.NaN) / ((loop[run] && of(loop[run])) ?? Number.NaN))
  const ratios = {
    loop: () => byLoop(({ value }) => value),
    idle: () => ours.map(byIdle),
    limit: () => ours.map(({ value }) => value),
  }[row.against]()
  const ratio = summarize(ratios)
  const hasCpu = ours.every(({ cpuMicros }) => cpuMicros !== undefined) && loop.length > 0
  return {
    row,
    runs: ours.length,
    size,
    ours: summarize(ours.map(({ value }) => value)),
    loop: loop.length > 0 ? summarize(loop.map(({ value }) => value)) : undefined,
    ratio,
    loopRatio: row.against === 'idle' && loop.length > 0 ? summarize(loop.map(byIdle)) : undefined,
    cpuRatio: hasCpu ? summarize(byLoop(({ cpuMicros }) => cpuMicros)) : undefined,
    met: 'atLeast' in row.aim ? ratio.median >= row.aim.atLeast : ratio.median <= row.aim.atMost,
  }
}
