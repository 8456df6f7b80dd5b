import { expect, it } from 'vitest'
import { issuesOf } from '../schema'
import { sessionErrorSchema } from './error'

it('a session.error answers a request, or stands alone', () => {
  const error = { code: 'INVALID_REQUEST', message: 'm', retryable: false }
  expect(issuesOf(sessionErrorSchema, error)).toBeUndefined()
  expect(
    issuesOf(sessionErrorSchema, { ...error, request_id: 'msg_1', details: { path: 'a' } }),
  ).toBeUndefined()
  expect(issuesOf(sessionErrorSchema, { ...error, request_id: 5 })?.[0]?.path).toBe('request_id')
})

it('a session.error may say null for what it leaves out', () => {
  const error = { code: 'X', message: 'm', retryable: null, details: null, request_id: null }
  expect(issuesOf(sessionErrorSchema, error)).toBeUndefined()
  expect(error).toEqual({ code: 'X', message: 'm' })
})
