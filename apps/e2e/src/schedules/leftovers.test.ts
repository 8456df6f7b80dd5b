import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Runtime } from '@arcp/runtime'
import { expect, test } from 'vitest'
import { generate } from './generate'
import { Coverage } from './model/coverage'
import { play } from './run'
import { drain } from './world/finale'
import { World } from './world/world'

const SCHEDULES = 60

/** Everything nobody holds any more is gone afterwards. */
const collect = (() => {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
})()

/** A runtime that has served the schedule of a seed and come to rest, and what it was lent meanwhile. */
async function served(seed: number): Promise<{ runtime: Runtime; lent: readonly WeakRef<object>[] }> {
  const schedule = generate(seed)
  const world = new World(schedule, new Coverage())
  await play(world, schedule.steps)
  await drain(world)
  expect(world.ledger.complaints).toEqual([])
  world.forget()
  return { runtime: world.runtime, lent: world.lent }
}

test('a runtime at rest keeps no transport, no context of an agent and no job', async () => {
  const all: Awaited<ReturnType<typeof served>>[] = []
  for (let seed = 1; seed <= SCHEDULES; seed++) all.push(await served(seed))
  await new Promise((resolve) => setImmediate(resolve))
  collect()
  const lent = all.flatMap((each) => each.lent)
  expect(lent.length).toBeGreaterThan(SCHEDULES * 2)
  expect(lent.filter((ref) => ref.deref() !== undefined).length).toBe(0)
  for (const { runtime } of all) expect(runtime.maxFrameBytes).toBeGreaterThan(0)
})
