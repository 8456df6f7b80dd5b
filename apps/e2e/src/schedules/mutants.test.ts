import { expect, test, vi } from 'vitest'
import { generate } from './generate'
import { MUTANTS } from './mutants'
import type { Mutant } from './mutants/mutant'
import type { Schedule } from './step'

const PACKAGES = new URL('../../../../packages/', import.meta.url).pathname
/** As many schedules as `pnpm test` runs. */
const COUNT = 2_000

type Suite = typeof import('./run') & typeof import('./report')

test.each(MUTANTS)('$what is caught', { timeout: 120_000 }, async (mutant) => {
  const { run } = await withMutant(mutant)
  for (let seed = 1; seed <= COUNT; seed++) {
    const { complaints } = await run(generate(seed))
    if (complaints.length > 0) {
      if (process.env.ARCP_TELL) console.log(`${mutant.what}: seed ${seed}: ${complaints[0]}`)
      return
    }
  }
  expect.fail(`${COUNT} schedules do not notice ${mutant.what}`)
})

test('a schedule that fails is told with its seed and the least of it that fails', async () => {
  const [skipsOne] = MUTANTS
  if (!skipsOne) throw new Error('there are no mutants')
  const { run, report } = await withMutant(skipsOne)
  const [schedule, steps] = await firstToFail(run)
  const text = await report(schedule, steps)
  const { seed } = schedule
  expect(text.split('\n')).toEqual(
    expect.arrayContaining([
      `the schedule of seed ${seed} fails; alone: ARCP_SEED=${seed} npx -y pnpm@10 test:soak`,
      expect.stringMatching(/^ {2}✗ link \d+: /),
    ]),
  )
  const [, least] = text.match(/^(\d+) of its \d+ steps are enough/m) ?? []
  expect(Number(least)).toBeLessThan(schedule.steps.length / 2)
})

/** The first schedule that fails, and after how many steps. */
async function firstToFail(run: Suite['run']): Promise<[schedule: Schedule, steps: number]> {
  for (let seed = 1; seed <= COUNT; seed++) {
    const schedule = generate(seed)
    const { complaints, steps } = await run(schedule)
    if (complaints.length > 0) return [schedule, steps]
  }
  throw new Error('no schedule fails')
}

/** Everything that runs a schedule, with a runtime that has this part. */
async function withMutant({ module, part, instead, ...mutant }: Mutant): Promise<Suite> {
  const path = `${PACKAGES}${mutant.of ?? 'runtime'}/src/${module}.ts`
  vi.resetModules()
  vi.doMock(path, async (importOriginal) => {
    const original: Record<string, unknown> = { ...(await importOriginal<object>()) }
    const [name = '', method] = part.split('.')
    const holder = method === undefined ? original : (original[name] as { prototype: object }).prototype
    replace(holder as Record<string, unknown>, method ?? name, instead)
    return original
  })
  const suite = { ...(await import('./run')), ...(await import('./report')) }
  vi.doUnmock(path)
  return suite
}

function replace(holder: Record<string, unknown>, name: string, instead: Mutant['instead']): void {
  const part = holder[name]
  if (typeof part !== 'function') throw new Error(`there is no part ${name}`)
  holder[name] = function (this: never, ...args: readonly unknown[]) {
    return instead((...given) => Reflect.apply(part, this, given), args, this)
  }
}
