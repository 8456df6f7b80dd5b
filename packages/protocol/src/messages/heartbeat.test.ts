import { expect, it } from 'vitest'
import { issuesOf } from '../schema'
import { sessionPingSchema } from './heartbeat'

it('a ping has a nonce to repeat', () => {
  expect(issuesOf(sessionPingSchema, { nonce: 'n', sent_at: '2026-01-02T03:04:05.678Z' })).toBeUndefined()
  expect(issuesOf(sessionPingSchema, { nonce: 'n', sent_at: null })).toBeUndefined()
  expect(issuesOf(sessionPingSchema, {})).toEqual([{ path: 'nonce', message: 'is missing' }])
  expect(issuesOf(sessionPingSchema, { nonce: 5 })?.[0]?.path).toBe('nonce')
  expect(issuesOf(sessionPingSchema, { nonce: 'n'.repeat(257) })?.[0]?.path).toBe('nonce')
})
