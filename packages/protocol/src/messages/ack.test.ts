import { expect, it } from 'vitest'
import { issuesOf } from '../schema'
import { sessionAckSchema } from './ack'

it('an acknowledgement names the number up to which everything was taken in', () => {
  expect(issuesOf(sessionAckSchema, { last_processed_seq: 0 })).toBeUndefined()
  for (const last_processed_seq of [-1, 0.5, '1', null, 2 ** 53]) {
    expect(issuesOf(sessionAckSchema, { last_processed_seq })?.[0]?.path).toBe('last_processed_seq')
  }
  expect(issuesOf(sessionAckSchema, {})).toEqual([{ path: 'last_processed_seq', message: 'is missing' }])
})
