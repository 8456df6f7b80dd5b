import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { summarize } from '../harness/statistics'
import { type Cost, cost } from './cost'
import { surroundings } from './surroundings'

const AMOUNT = { events: 400_000, jobs: 20_000 }
const ROUNDS = 15

/**
 * Measures what an event and a job cost a runtime, by what surrounds it: by turns, each time in a new process. Other work
 * on the machine only ever adds to a cost, so it is the least of each that is compared, to the least of the first.
 */
async function rounds(): Promise<void> {
  const names = Object.keys(surroundings)
  const measured = new Map<string, Cost[]>(names.map((name) => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) measured.get(name)?.push(await inNewProcess(name))
  }
  const [bare = []] = measured.values()
  process.stdout.write(
    '| surrounded by | an event, µs | ratio | a job, µs | ratio |\n| --- | --- | --- | --- | --- |\n',
  )
  for (const [name, costs] of measured) {
    const columns = (['event', 'job'] as const).flatMap((part) => {
      const { min, median, max } = summarize(costs.map((each) => each[part]))
      const ratio = min / summarize(bare.map((each) => each[part])).min
      return [`${min.toFixed(2)} (median ${median.toFixed(2)}, up to ${max.toFixed(2)})`, ratio.toFixed(2)]
    })
    process.stdout.write(`| ${[name, ...columns].join(' | ')} |\n`)
  }
}

async function inNewProcess(name: string): Promise<Cost> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), name])
  return JSON.parse(stdout)
}

const [, , name] = process.argv
if (name === undefined) await rounds()
else process.stdout.write(JSON.stringify(await cost(AMOUNT, surroundings[name] ?? {})))
