import { run } from './run'
import { shrink } from './shrink'
import type { Schedule } from './step'

/** Lines of what happened that are worth showing, from the end. */
const LINES = 60
const LINE_LENGTH = 240

/** Tells of a schedule that fails: how to run it alone, the least of it that still fails, and what happened then. */
export async function report(schedule: Schedule, steps: number): Promise<string> {
  const least = await shrink(schedule, steps)
  const { complaints, transcript } = await run(least)
  const lines = transcript.slice(-LINES).map((line) => line.slice(0, LINE_LENGTH))
  return [
    `the schedule of seed ${schedule.seed} fails; alone: ARCP_SEED=${schedule.seed} npx -y pnpm@10 test:soak`,
    ...complaints.slice(0, 5).map((complaint) => `  ✗ ${complaint}`),
    `${least.steps.length} of its ${schedule.steps.length} steps are enough, with ${JSON.stringify(least.setting)}:`,
    ...least.steps.map(({ action, turn }) => `  ${JSON.stringify(action)} then ${turn}`),
    'what happened, in the end:',
    ...lines.map((line) => `  ${line}`),
  ].join('\n')
}
