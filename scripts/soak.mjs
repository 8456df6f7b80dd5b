// Runs as many random schedules against the runtime as its argument says, 20,000 if it says nothing; with
// ARCP_SEED=123 in the environment the schedule of that seed alone.
import { spawnSync } from 'node:child_process'

const [count = '20000'] = process.argv.slice(2)
if (!/^[1-9]\d*$/.test(count)) {
  console.error(`how many schedules? ${count} is no number above 0`)
  process.exit(2)
}
const { status } = spawnSync('vitest', ['run', 'apps/e2e/src/schedules/schedules.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, ARCP_SCHEDULES: count },
})
process.exitCode = status ?? 1
