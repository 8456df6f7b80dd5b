import { it } from 'vitest'
import type { SeenFrame } from './program'

/** Who is at which end of a row's test. */
export type Direction = 'Python client → our runtime' | 'our client → Python runtime'

/** How their frames travel. */
export type Carrier = 'WebSocket' | 'stdio'

/** What the SDK does not do, or does wrong, and the frames that show it. */
export interface Fault {
  readonly says: string
  readonly frames: readonly SeenFrame[]
}

interface Finding {
  readonly feature: string
  readonly column: string
  readonly fault: Fault | undefined
}

interface Nothing {
  readonly feature: string
  readonly column: string
  readonly because: string
}

const found: Finding[] = []
const nothing: Nothing[] = []

/** Tests of one direction over one carrier; each that passes is a cell of the table. */
export interface Column {
  /** A feature that works. */
  works(feature: string, test: () => Promise<void>): void
  /** A feature that does not, for a fault of theirs, which the test shows. */
  fault(feature: string, test: () => Promise<Fault>): void
  /** A feature that there can be nothing of, and why. */
  none(feature: string, because: string): void
}

export function columnOf(direction: Direction, carrier: Carrier): Column {
  const column = `${direction}, ${carrier}`
  return {
    works: (feature, test) =>
      it(feature, async () => {
        await test()
        found.push({ feature, column, fault: undefined })
      }),
    fault: (feature, test) =>
      it(feature, async () => {
        found.push({ feature, column, fault: await test() })
      }),
    none: (feature, because) => void nothing.push({ feature, column, because }),
  }
}

/** A fault, and everywhere it has been found. */
interface Section {
  readonly finding: Finding
  readonly fault: Fault
  readonly columns: string[]
}

/** What has been found, as a page. @throws Error for a feature of which a column says nothing. */
export function report(): string {
  const features = [...new Set(found.map(({ feature }) => feature))]
  const columns = [...new Set(found.map(({ column }) => column))]
  const sections: Section[] = []
  const cell = (feature: string, column: string) => {
    const here = (each: Finding | Nothing) => each.feature === feature && each.column === column
    const finding = found.find(here)
    if (!finding) {
      if (nothing.some(here)) return '—'
      throw new Error(`nothing is known of ${feature}; ${column}`)
    }
    if (!finding.fault) return 'works'
    const number = numberOf(finding, finding.fault, sections)
    return `their fault [${number}](#fault-${number})`
  }
  const rows = features.map((feature) => [feature, ...columns.map((column) => cell(feature, column))])
  const table = [['Feature', ...columns], ['---', ...columns.map(() => '---')], ...rows]
  return [
    INTRODUCTION,
    '',
    ...table.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    '## Where there is nothing to try',
    '',
    ...nothing.map(({ feature, column, because }) => `- *${feature}; ${column}.* ${because}`),
    '',
    FAULTS,
    ...sections.flatMap((section, index) => ['', ...linesOf(section, index + 1)]),
    '',
  ].join('\n')
}

/** The number of a fault's section; one fault of a feature, however often found, has one. */
function numberOf(finding: Finding, fault: Fault, sections: Section[]): number {
  const { feature, column } = finding
  const known = sections.find((each) => each.finding.feature === feature && each.fault.says === fault.says)
  if (known) known.columns.push(column)
  else sections.push({ finding, fault, columns: [column] })
  return known ? sections.indexOf(known) + 1 : sections.length
}

const INTRODUCTION = `# Working with the Python SDK

What \`pnpm test:interop\` finds with the reference SDK for Python (\`agentruntimecontrolprotocol\` 1.1.3 from PyPI, which
speaks the form of the public draft) at the other end and [\`@arcp/compat\`](../packages/compat/README.md) at this one. It
makes this page anew: \`pnpm test:interop --update\`.

*works*: the test holds both sides to what they should do. *their fault*: the SDK does something else, and the test holds
it to that; the frames are below, as the first of its columns had them. *—*: there can be no such thing there, for the
reason below. Over stdio, each connection is a child process that joins its pipes to a runtime which outlives it; the last
two rows are about a child that is the runtime itself.`

const FAULTS = `## What is not right on their side

Frames as the Python process saw them, \`→\` sent by it and \`←\` received. Ids, tokens and moments are shortened.`

function linesOf({ finding, fault, columns }: Section, number: number): string[] {
  const lines = fault.frames.map(({ way, frame }) => {
    // In one order, whoever wrote it.
    const { arcp, id, type, ...rest } = frame
    return `${way === 'out' ? '→' : '←'} ${shortened(JSON.stringify({ arcp, id, type, ...rest }))}`
  })
  const where = `*${finding.feature}; ${columns.join('; ')}.* ${fault.says}`
  return [`### Fault ${number}`, '', where, '', '```text', ...lines, '```']
}

/** A frame without what differs from run to run. */
function shortened(text: string): string {
  return text
    .replace(/[0-7][0-9A-HJKMNP-TV-Z]{25}/g, '…')
    .replace(/ars_[\w-]+/g, 'ars_…')
    .replace(/"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)"/g, '"…"')
    .replace(/"trace_id":"[0-9a-f]{32}"/g, '"trace_id":"…"')
}
