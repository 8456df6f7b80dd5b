import { Attribute, CONVENTIONS, Metric, Span, SpanEvent } from '@arcp/otel'
import { expect, it } from 'vitest'
import { withNameTables } from './name-tables'
import { locate, read } from './repository'

it('docs/observability.md has every name of spans, events, metrics and attributes; `pnpm docs:names` brings it up to date', async () => {
  const page = read('docs/observability.md')
  expect(page).toContain(`(version ${CONVENTIONS}:`)
  await expect(withNameTables(page)).toMatchFileSnapshot(locate('docs/observability.md'))
})

it('names nothing twice, and every attribute is of use', () => {
  const names = [...Object.values(Span), ...Object.values(Metric)].map(({ name }) => name)
  const events: readonly string[] = Object.values(SpanEvent)
  expect(new Set([...names, ...events]).size).toBe(names.length + events.length)
  const used = new Set<string>(
    [...Object.values(Span), ...Object.values(Metric)].flatMap((one) => one.attributes),
  )
  const ofEvents = [Attribute.formerSession, Attribute.missed]
  expect(Object.values(Attribute).filter((name) => !used.has(name))).toEqual(ofEvents)
})
