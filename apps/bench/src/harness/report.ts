import type { Row } from '../row'
import type { Machine } from './machine'
import type { Result } from './result'
import type { Summary } from './statistics'

/** The results as a Markdown table, and where they come from. */
export function toMarkdown(results: readonly Result[], machine: Machine): string {
  const head = ['work', 'ours', 'bare `ws` loop', 'ratio', 'aim', 'processor time', '']
  const lines = [head, head.map(() => '---'), ...results.map(cellsOf)]
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n\n${provenance(machine)}\n`
}

const BEGIN = '<!-- bench -->'
const END = '<!-- /bench -->'

/** A page with this table in the place marked for it; the table alone where there is none. */
export function insertTable(page: string, table: string): string {
  const begin = page.indexOf(BEGIN)
  const end = page.indexOf(END)
  if (begin < 0 || end < begin) return table
  return `${page.slice(0, begin + BEGIN.length)}\n${table}${page.slice(end)}`
}

/** The same for programs. */
export function toJson(results: readonly Result[], machine: Machine): string {
  const rows = results.map(({ row: { name, title, unit, against, aim }, ...rest }) => ({
    name,
    title,
    unit,
    against,
    aim,
    ...rest,
  }))
  return `${JSON.stringify({ machine, rows }, null, 2)}\n`
}

function cellsOf({ row, ours, loop, ratio, loopRatio, cpuRatio, met }: Result): string[] {
  const ofIdle = loopRatio ? ` (the loop: ${times(loopRatio)})` : ''
  return [
    row.title,
    amounts(ours, row.unit),
    loop ? amounts(loop, row.unit) : '',
    row.against === 'limit'
      ? ''
      : `${times(ratio)}${row.against === 'idle' ? ` its idle median${ofIdle}` : ''}`,
    aimOf(row),
    cpuRatio ? times(cpuRatio) : '',
    met ? 'met' : '**short**',
  ]
}

function aimOf({ aim, against, unit }: Row): string {
  const [sign, value] = 'atLeast' in aim ? ['≥', aim.atLeast] : ['≤', aim.atMost]
  return against === 'limit' ? `${sign} ${value} ${unit}` : `${sign} ${value} ×`
}

function amounts({ median, min, max }: Summary, unit: string): string {
  const range = min === max ? '' : ` (${figure(min)} to ${figure(max)})`
  return `${figure(median)} ${unit}${range}`
}

function times({ median, min, max }: Summary): string {
  const range = min === max ? '' : ` (${min.toFixed(2)} to ${max.toFixed(2)})`
  return `${median.toFixed(2)} ×${range}`
}

/** Three digits that count, and thousands apart. */
function figure(value: number): string {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)))
  const rounded = digits > 0 ? value.toFixed(digits) : String(Number(value.toPrecision(3)))
  return rounded.replace(/\B(?=(\d{3})+$)/g, ',')
}

function provenance({ cpu, cpuCount, memoryGib, system, pinned, versions }: Machine): string {
  const pinning = pinned
    ? `servers pinned to core ${pinned.server}, clients to core ${pinned.client}`
    : 'nothing pinned to a core, for lack of `taskset` or of a second one'
  const { node, ...packages } = versions
  const others = Object.entries(packages).map(([name, version]) => `${name} ${version}`)
  return `Measured on ${cpuCount} × ${cpu}, ${memoryGib} GiB, ${system}; Node ${node}, ${others.join(', ')}; ${pinning}.`
}
