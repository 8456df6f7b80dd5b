import { expect, test } from 'vitest'
import { describeEvent, TEXT_SHOWN } from './describe-event'

const header = { seq: 3, ts: '2030-01-01T00:00:00.000Z' }

test("an event's own fields are shown, extensions too, its header is not", () => {
  const event = { ...header, type: 'job.progress', current: 1, total: 3, 'x-acme-span': { id: [1] } } as const
  expect(describeEvent(event)).toBe('{"current":1,"total":3,"x-acme-span":{"id":[1]}}')
})

test('an event without fields shows nothing', () => {
  expect(describeEvent({ ...header, type: 'job.cancelled' })).toBe('')
})

test('long texts are cut, wherever they stand', () => {
  const data = 'x'.repeat(TEXT_SHOWN + 1)
  const chunk = { result_id: 'r', chunk_seq: 0, data, encoding: 'utf8', more: false } as const
  const shown = JSON.parse(describeEvent({ ...header, type: 'job.result_chunk', ...chunk }))
  expect(shown.data).toBe(`${'x'.repeat(TEXT_SHOWN)}… (${TEXT_SHOWN + 1} characters)`)
  expect(
    describeEvent({ ...header, type: 'job.tool_call', call_id: 'c', tool: 't', args: [data] }),
  ).not.toContain(data)
})

test('a token is never shown', () => {
  const event = {
    ...header,
    type: 'job.started',
    agent: 'a@1',
    attempt: 1,
    resume_token: 'arj_secret',
  } as const
  expect(describeEvent(event)).not.toContain('arj_secret')
})
