import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError } from 'commander'
import { findCores } from './harness/cores'
import { describeMachine } from './harness/machine'
import { insertTable, toJson, toMarkdown } from './harness/report'
import { type Result, resultOf } from './harness/result'
import { measure } from './harness/run'
import { rows } from './rows'

interface Options {
  readonly only?: string[]
  readonly runs?: number
  readonly quick?: boolean
  readonly json?: string
  readonly md?: string
}

const WORKER = fileURLToPath(new URL('./harness/worker.js', import.meta.url))
const RUNS = 5
const QUICK = { runs: 1, scale: 0.05 }

await new Command('bench')
  .description('Measures what this project does, beside a bare loop over `ws` that does the same work.')
  .option('--only <row...>', `these rows: ${rows.map(({ name }) => name).join(', ')}`, pickRows)
  .option('--runs <n>', `runs of each row; default ${RUNS}, or the row's own`, positive)
  .option('--quick', 'one short run of each row: whether it works, not how fast it is')
  .option('--json <file>', 'write the results there, as JSON')
  .option('--md <file>', 'write the table there, as Markdown, or between the marks of a page that has them')
  .action(bench)
  .parseAsync()

async function bench({ only, runs, quick, json, md }: Options): Promise<void> {
  const cores = findCores()
  const results: Result[] = []
  for (const row of rows) {
    if (only && !only.includes(row.name)) continue
    const began = performance.now()
    const many = runs ?? (quick ? QUICK.runs : (row.runs ?? RUNS))
    const measured = await measure(row, { worker: WORKER, cores, runs: many, scale: quick ? QUICK.scale : 1 })
    const result = resultOf(measured)
    results.push(result)
    const seconds = ((performance.now() - began) / 1000).toFixed(0)
    process.stderr.write(`${row.name}: ${result.met ? 'met' : 'short'} (${seconds} s)\n`)
  }
  const machine = describeMachine(cores)
  const table = toMarkdown(results, machine)
  if (json) writeFileSync(json, toJson(results, machine))
  if (md) writeFileSync(md, insertTable(existsSync(md) ? readFileSync(md, 'utf8') : '', table))
  process.stdout.write(table)
}

function pickRows(name: string, earlier: string[] = []): string[] {
  if (rows.some((row) => row.name === name)) return [...earlier, name]
  throw new InvalidArgumentError(`rows are ${rows.map((row) => row.name).join(', ')}`)
}

function positive(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new InvalidArgumentError('expected a whole number above 0')
}
