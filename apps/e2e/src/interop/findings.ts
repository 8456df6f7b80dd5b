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

const found: Finding[] = []

/** Tests of one direction over one carrier; each that passes is a cell of the table. */
export interface Column {
  /** A feature that works. */
  works(feature: string, test: () => Promise<void>): void
  /** A feature that does not, for a fault of theirs, which the test shows. */
  fault(feature: string, test: () => Promise<Fault>): void
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
  }
}

/** What has been found, as a page. */
export function report(): string {
  const features = [...new Set(found.map(({ feature }) => feature))]
  const columns = [...new Set(found.map(({ column }) => column))]
  const faults: Finding[] = []
  const cell = (feature: string, column: string) => {
    const finding = found.find((each) => each.feature === feature && each.column === column)
    if (!finding) return '—'
    if (!finding.fault) return 'works'
    faults.push(finding)
    return `their fault [${faults.length}](#fault-${faults.length})`
  }
  const rows = features.map((feature) => [feature, ...columns.map((column) => cell(feature, column))])
  const table = [['Feature', ...columns], ['---', ...columns.map(() => '---')], ...rows]
  return [
    INTRODUCTION,
    '',
    ...table.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    FAULTS,
    ...faults.flatMap((finding, index) => ['', ...sectionOf(finding, index + 1)]),
    '',
  ].join('\n')
}

const INTRODUCTION = `# Working with the Python SDK

What \`pnpm test:interop\` finds with the reference SDK for Python (\`agentruntimecontrolprotocol\` 1.1.3 from PyPI, which
speaks the form of the public draft) at the other end and [\`@arcp/compat\`](../packages/compat/README.md) at this one. It
makes this page anew: \`pnpm test:interop --update\`.

*works*: the test holds both sides to what they should do. *their fault*: the SDK does something else, and the test holds
it to that; the frames are below. *—*: that SDK has no such thing there.`

const FAULTS = `## What is not right on their side

Frames as the Python process saw them, \`→\` sent by it and \`←\` received. Ids, tokens and moments are shortened.`

function sectionOf({ feature, column, fault }: Finding, number: number): string[] {
  const { says, frames } = fault as Fault
  const lines = frames.map(
    ({ way, frame }) => `${way === 'out' ? '→' : '←'} ${shortened(JSON.stringify(frame))}`,
  )
  const title = `### Fault ${number}`
  const where = `*${feature}; ${column}.* ${says}`
  return lines.length === 0 ? [title, '', where] : [title, '', where, '', '```text', ...lines, '```']
}

/** A frame without what differs from run to run. */
function shortened(text: string): string {
  return text
    .replace(/[0-7][0-9A-HJKMNP-TV-Z]{25}/g, '…')
    .replace(/ars_[\w-]+/g, 'ars_…')
    .replace(/"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)"/g, '"…"')
    .replace(/"trace_id":"[0-9a-f]{32}"/g, '"trace_id":"…"')
}
