import { Coverage } from './model/coverage'
import type { Schedule, Turn } from './step'
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
    let steps = 0
    for (const { action, turn } of schedule.steps) {
      steps++
      world.ledger.note(`-- ${JSON.stringify(action)}`)
      await perform(world, action)
      await take(world, turn)
      if (complaints.length > 0) return { complaints, steps, transcript }
    }
    world.ledger.note(`-- ${schedule.setting.ending}`)
    if (schedule.setting.ending === 'drained') await drain(world)
    else await close(world)
    return { complaints, steps, transcript }
  } finally {
    process.off('unhandledRejection', note)
  }
}

async function take(world: World, turn: Turn): Promise<void> {
  if (turn === 'microtask') await Promise.resolve()
  if (turn === 'macrotask') {
    await new Promise((resolve) => setImmediate(resolve))
    world.clock.runDeferred()
  }
  if (turn === 'rest') await world.rest()
}
