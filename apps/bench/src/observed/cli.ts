import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { summarize } from '../harness/statistics'
import { eventPath } from './event-path'
import { watchers } from './watchers'

const EVENTS = 400_000
const ROUNDS = 9

/**
 * Measures what an event costs a runtime, by who watches it: by turns, each time in a new process. The ratio is to the
 * same round's runtime that nobody watches.
 */
async function rounds(): Promise<void> {
  const names = Object.keys(watchers)
  const measured = new Map<string, { micros: number[]; ratios: number[] }>()
  for (let round = 0; round < ROUNDS; round++) {
    let unwatched = Number.NaN
    for (const name of names) {
      const micros = await inNewProcess(name)
      if (watchers[name]?.() === undefined) unwatched = micros
      const { micros: all, ratios } = measured.get(name) ?? { micros: [], ratios: [] }
      measured.set(name, { micros: [...all, micros], ratios: [...ratios, micros / unwatched] })
    }
  }
  const text = (values: readonly number[]) => {
    const { median, min, max } = summarize(values)
    return `${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`
  }
  process.stdout.write('| watched by | processor time of an event, µs | ratio |\n| --- | --- | --- |\n')
  for (const [name, { micros, ratios }] of measured) {
    process.stdout.write(`| ${name} | ${text(micros)} | ${text(ratios)} |\n`)
  }
}

async function inNewProcess(watcher: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), watcher])
  return Number(stdout)
}

const [, , watcher] = process.argv
if (watcher === undefined) await rounds()
else process.stdout.write(String(await eventPath(EVENTS, watchers[watcher]?.())))
