import { SpanStatusCode } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import type { Paint } from '../terminal/paint'
import { visible } from '../visible'

/** Spans as trees, one below the heading of each trace: names, durations, what happened in them and what went wrong. */
export function spanTree(spans: readonly ReadableSpan[], paint: Paint): string[] {
  const ids = new Set(spans.map(idOf))
  const below = grouped(spans, ({ parentSpanContext }) =>
    parentSpanContext && ids.has(parentSpanContext.spanId) ? parentSpanContext.spanId : undefined,
  )
  const traces = grouped(below.get(undefined) ?? [], (span) => span.spanContext().traceId)
  const lines: string[] = []
  const draw = (span: ReadableSpan, indent: string, isLast: boolean) => {
    lines.push(`${paint('dim', `${indent}${isLast ? '└' : '├'}─`)} ${textOf(span, paint)}`)
    const inside = `${indent}${isLast ? ' ' : '│'}  `
    const children = (below.get(idOf(span)) ?? []).toSorted(byStart)
    const notes = [...span.events.map(({ name }) => `· ${name}`), ...span.links.map(linked)]
    for (const note of notes) lines.push(paint('dim', `${inside}${children.length > 0 ? '│' : ' '} ${note}`))
    for (const [i, child] of children.entries()) draw(child, inside, i === children.length - 1)
  }
  for (const [traceId, roots] of traces) {
    lines.push(`trace ${paint('bold', traceId)}`)
    const sorted = roots.toSorted(byStart)
    for (const [i, root] of sorted.entries()) draw(root, '', i === sorted.length - 1)
  }
  return lines
}

function textOf({ name, duration, status, attributes }: ReadableSpan, paint: Paint): string {
  const took = paint('cyan', formatDuration(duration))
  const what = `${visible(name)}  ${took}`
  if (status.code !== SpanStatusCode.ERROR) return what
  return `${what}  ${paint('red', visible(String(attributes['error.type'] ?? 'error')))}`
}

/** In the unit that fits: `0 ms`, `0.25 ms`, `12.3 ms`, `2.50 s`. */
export function formatDuration([seconds, nanos]: readonly [number, number]): string {
  const ms = seconds * 1_000 + nanos / 1e6
  if (ms === 0) return '0 ms'
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(2)} s`
  return `${ms.toFixed(ms < 10 ? 2 : 1)} ms`
}

function grouped<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return groups
}

function linked({ context }: ReadableSpan['links'][number]): string {
  return `⇢ linked to span ${context.spanId} of trace ${context.traceId}`
}

function idOf(span: ReadableSpan): string {
  return span.spanContext().spanId
}

function byStart(a: ReadableSpan, b: ReadableSpan): number {
  return a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1]
}
