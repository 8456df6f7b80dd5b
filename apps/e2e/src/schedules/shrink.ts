import { run } from './run'
import type { Schedule, Step } from './step'

/** How many runs shrinking may take. */
const MAX_RUNS = 400

/**
 * A shorter schedule that fails, too: cut off behind the failure, then without each step it can do without.
 *
 * @param schedule one that fails
 * @param steps after how many steps it does
 */
export async function shrink(schedule: Schedule, steps: number): Promise<Schedule> {
  let runs = 0
  const fails = async (candidate: readonly Step[]) => {
    runs++
    return (await run({ ...schedule, steps: candidate })).complaints.length > 0
  }
  let kept: readonly Step[] = schedule.steps.slice(0, steps)
  for (let size = kept.length >> 1; size >= 1; size >>= 1) {
    for (let at = kept.length - size; at >= 0 && runs < MAX_RUNS; at -= size) {
      const without = [...kept.slice(0, at), ...kept.slice(at + size)]
      if (await fails(without)) kept = without
    }
  }
  return { ...schedule, steps: kept }
}
