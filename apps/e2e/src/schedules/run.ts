import { Coverage } from './model/coverage'
import type { Schedule, Step, Turn } from './step'
import { close, drain } from './world/finale'
import { perform } from './world/perform'
import { World } from './world/world'

/** What came of a schedule. */
export interface Outcome {
  /** What was wrong, the first of it first; nothing in a schedule that passes. */
  readonly complaints: readonly string[]
  /** How many steps were taken until then. */
  readonly steps: number
  /** Every frame, in order. */
  readonly transcript: readonly string[]
}

/** Runs a schedule to its end, or to the first thing that is wrong. */
export async function run(schedule: Schedule, coverage: Coverage = new Coverage()): Promise<Outcome> {
  const world = new World(schedule, coverage)
  const { complaints, transcript } = world.ledger
  const note = (error: unknown) => complaints.push(`unhandled rejection: ${String(error)}`)
  process.on('unhandledRejection', note)
  try {
    const steps = await play(world, schedule.steps)
    if (complaints.length === 0 && schedule.setting.ending === 'drained') await drain(world)
    if (complaints.length === 0) await close(world)
    return { complaints, steps, transcript }
  } finally {
    process.off('unhandledRejection', note)
  }
}

/** Takes one step after the other, to the first thing that is wrong; tells how many that were. */
export async function play(world: World, steps: readonly Step[]): Promise<number> {
  const { ledger } = world
  for (const [index, { action, turn }] of steps.entries()) {
    ledger.note(`-- ${JSON.stringify(action)}`)
    await perform(world, action)
    await take(world, turn)
    if (ledger.complaints.length > 0) return index + 1
  }
  ledger.note('-- the end')
  return steps.length
}

async function take(world: World, turn: Turn): Promise<void> {
  if (turn === 'microtask') await Promise.resolve()
  if (turn === 'macrotask') {
    await new Promise((resolve) => setImmediate(resolve))
    world.clock.runDeferred()
  }
  if (turn === 'rest') await world.rest()
}
