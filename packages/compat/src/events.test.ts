import { describe, expect, it } from 'vitest'
import { draftTerminalOf, nativeTerminalOf } from './events'

const ts = '2026-01-02T03:04:05.678Z'
const pending = { details: { credentials: 'revocation_pending' } }

describe('an end', () => {
  it.each([
    ['job.completed', { result: 1, 'x-acme': 2, ...pending }],
    [
      'job.failed',
      { error: { code: 'TIMEOUT', message: 'late', retryable: false, ...pending }, 'x-acme': 2 },
    ],
    ['job.cancelled', { reason: 'enough', 'x-acme': 2, ...pending }],
  ])('of a %s says as much in the other form, and back', (type, said) => {
    const draft = draftTerminalOf(type, { seq: 3, ts, ...said })
    expect(draft?.payload).toMatchObject({ ...pending, completed_at: ts, 'x-acme': 2 })
    expect(draft && nativeTerminalOf(draft.type, draft.payload)).toEqual({
      type,
      payload: expect.objectContaining({ ts, ...said }),
    })
  })
})
