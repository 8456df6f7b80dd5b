import { Attribute, attributeMeanings, Metric, Span, SpanEvent, spanEventMeanings } from '@arcp/otel'

type Row = readonly string[]

/** The tables of docs/observability.md by the line each begins with. */
const tables: readonly (readonly [heading: Row, rows: readonly Row[]])[] = [
  [
    ['Span', 'Kind', 'What it is', 'Attributes'],
    Object.values(Span).map(({ name, kind, means, attributes }) => [
      code(name),
      kind,
      means,
      list(attributes),
    ]),
  ],
  [
    ['Span event', 'What has happened'],
    Object.values(SpanEvent).map((name) => [code(name), spanEventMeanings[name]]),
  ],
  [
    ['Metric', 'Kind', 'Unit', 'What it counts or measures', 'Attributes'],
    Object.values(Metric).map(({ name, kind, unit, means, attributes }) => [
      code(name),
      kind,
      code(unit),
      means,
      list(attributes),
    ]),
  ],
  [
    ['Attribute', 'What it holds'],
    Object.values(Attribute)
      .toSorted()
      .map((name) => [code(name), attributeMeanings[name]]),
  ],
]

/** A page with its tables of names made anew. */
export function withNameTables(page: string): string {
  return tables.reduce((text, [heading, rows]) => {
    const start = text.indexOf(`${line(heading)}\n`)
    if (start === -1) throw new Error(`the page has no table of ${heading[0]}`)
    const end = text.indexOf('\n\n', start)
    const table = [line(heading), line(heading.map(() => '---')).replaceAll(' ', ''), ...rows.map(line)].join(
      '\n',
    )
    return text.slice(0, start) + table + text.slice(end)
  }, page)
}

function line(cells: Row): string {
  return `| ${cells.join(' | ')} |`
}

function code(text: string): string {
  return `\`${text}\``
}

function list(attributes: readonly string[]): string {
  return attributes.map(code).join(' ')
}
