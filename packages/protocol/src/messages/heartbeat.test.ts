import { expect, it } from 'vitest'
import { issuesOf } from '../schema'
import { jobHeartbeatSchema, sessionPingSchema, sessionPongSchema } from './heartbeat'

it('a ping has a nonce to repeat', () => {
  expect(issuesOf(sessionPingSchema, { nonce: 'n', sent_at: '2026-01-02T03:04:05.678Z' })).toBeUndefined()
  expect(issuesOf(sessionPingSchema, { nonce: 'n', sent_at: null })).toBeUndefined()
  expect(issuesOf(sessionPingSchema, {})).toEqual([{ path: 'nonce', message: 'is missing' }])
  expect(issuesOf(sessionPingSchema, { nonce: 5 })?.[0]?.path).toBe('nonce')
  expect(issuesOf(sessionPingSchema, { nonce: 'n'.repeat(257) })?.[0]?.path).toBe('nonce')
})

it('a pong repeats it', () => {
  const pong = { ping_nonce: 'n', received_at: '2026-01-02T03:04:05.678Z' }
  expect(issuesOf(sessionPongSchema, pong)).toBeUndefined()
  expect(issuesOf(sessionPongSchema, { ...pong, ping_nonce: 5 })?.[0]?.path).toBe('ping_nonce')
  expect(issuesOf(sessionPongSchema, { ping_nonce: 'n' })).toEqual([
    { path: 'received_at', message: 'is missing' },
  ])
})

it('a job’s heartbeat tells how long it has run', () => {
  expect(issuesOf(jobHeartbeatSchema, { running_for_ms: 0 })).toBeUndefined()
  expect(issuesOf(jobHeartbeatSchema, { running_for_ms: -1 })?.[0]?.path).toBe('running_for_ms')
  expect(issuesOf(jobHeartbeatSchema, {})).toEqual([{ path: 'running_for_ms', message: 'is missing' }])
})
