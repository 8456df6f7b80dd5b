import { describe, expect, it } from 'vitest'
import { issuesOf } from '../schema'
import {
  CLOSE_REASONS,
  sessionClosedSchema,
  sessionCloseSchema,
  sessionHelloSchema,
  sessionWelcomeSchema,
} from './session'

const hello = {
  client: { name: 'probe', version: '1' },
  auth: { scheme: 'bearer', token: 's3cret' },
  capabilities: { encodings: ['json'] },
}
const welcome = {
  session_id: 'ses_1',
  runtime: { name: 'r', version: '1' },
  resume_token: 'ars_1',
  resume_window_sec: 60,
  max_frame_bytes: 1024,
  accepted_at: '2026-01-02T03:04:05.678Z',
  capabilities: { encodings: ['json'], features: [], agents: [{ name: 'echo', versions: ['1.0.0'] }] },
}

describe('sessionHelloSchema', () => {
  const issue = (changes: object) =>
    issuesOf(sessionHelloSchema, structuredClone({ ...hello, ...changes }))?.[0]

  it('takes the least a client says, and all it may say', () => {
    expect(issue({})).toBeUndefined()
    const resume = { session_id: 's', resume_token: 't', last_event_seq: 0 }
    expect(
      issue({
        capabilities: { encodings: ['cbor', 'json'], features: ['ack', 'teleport', ''] },
        resume: { ...resume, cursors: { job_1: { seq: 7, log_epoch: 'e' } } },
        'x-acme': [],
      }),
    ).toBeUndefined()
  })

  it('takes null for what may be left out', () => {
    expect(issue({ capabilities: { encodings: ['json'], features: null }, resume: null })).toBeUndefined()
  })

  it.each([
    [{ client: undefined }, 'client'],
    [{ client: 'probe' }, 'client'],
    [{ client: [] }, 'client'],
    [{ client: { name: 'probe' } }, 'client.version'],
    [{ client: { name: null, version: '1' } }, 'client.name'],
    [{ client: { name: 'n'.repeat(257), version: '1' } }, 'client.name'],
    [{ client: { name: 'probe', version: '' } }, 'client.version'],
    [{ auth: null }, 'auth'],
    [{ auth: { scheme: 'basic', token: 't' } }, 'auth.scheme'],
    [{ auth: { scheme: 'bearer' } }, 'auth.token'],
    [{ auth: { scheme: 'bearer', token: 5 } }, 'auth.token'],
    [{ capabilities: {} }, 'capabilities.encodings'],
    [{ capabilities: { encodings: [] } }, 'capabilities.encodings'],
    [{ capabilities: { encodings: ['cbor'] } }, 'capabilities.encodings'],
    [{ capabilities: { encodings: 'json' } }, 'capabilities.encodings'],
    [{ capabilities: { encodings: ['json'], features: {} } }, 'capabilities.features'],
    [{ capabilities: { encodings: ['json'], features: ['ack', 1] } }, 'capabilities.features[1]'],
    [{ resume: {} }, 'resume.session_id'],
    [{ resume: { session_id: 's', resume_token: 't', last_event_seq: -1 } }, 'resume.last_event_seq'],
    [
      { resume: { session_id: 's', resume_token: 't', last_event_seq: 0, cursors: { j: 5 } } },
      'resume.cursors',
    ],
    [
      {
        resume: {
          session_id: 's',
          resume_token: 't',
          last_event_seq: 0,
          cursors: { ['j'.repeat(257)]: { seq: 1, log_epoch: 'e' } },
        },
      },
      'resume.cursors',
    ],
  ])('refuses %j', (changes, path) => {
    expect(issue(changes)?.path).toBe(path)
  })

  it('R-SEC-3: lets no cursor in unchecked', () => {
    const cursors = JSON.parse('{"__proto__":{"seq":-1}}')
    expect(issue({ resume: { session_id: 's', resume_token: 't', last_event_seq: 0, cursors } })?.path).toBe(
      'resume.cursors',
    )
  })

  it('R-SEC-4: never repeats the token', () => {
    for (const auth of ['s3cret', ['s3cret'], { scheme: 's3cret', token: 's3cret' }, { s3cret: 's3cret' }]) {
      expect(JSON.stringify(issue({ auth }))).not.toContain('s3cret')
    }
  })
})

describe('sessionWelcomeSchema', () => {
  const issue = (changes: object) =>
    issuesOf(sessionWelcomeSchema, { ...structuredClone(welcome), ...changes })?.[0]

  it('takes the least a runtime says, and all it may say', () => {
    expect(issue({})).toBeUndefined()
    expect(issue({ heartbeat_interval_sec: 0.5, ack_window: { events: 1, bytes: 1 } })).toBeUndefined()
    expect(issue({ heartbeat_interval_sec: null, ack_window: null })).toBeUndefined()
  })

  it.each([
    [{ session_id: 5 }, 'session_id'],
    [{ runtime: {} }, 'runtime.name'],
    [{ resume_token: undefined }, 'resume_token'],
    [{ resume_window_sec: 0 }, 'resume_window_sec'],
    [{ heartbeat_interval_sec: 0 }, 'heartbeat_interval_sec'],
    [{ ack_window: { events: 0, bytes: 1 } }, 'ack_window.events'],
    [{ max_frame_bytes: 0 }, 'max_frame_bytes'],
    [{ max_frame_bytes: Number.POSITIVE_INFINITY }, 'max_frame_bytes'],
    [{ accepted_at: null }, 'accepted_at'],
    [{ capabilities: { encodings: ['json'], features: [], agents: ['echo'] } }, 'capabilities.agents[0]'],
    [{ capabilities: { encodings: ['json'], agents: [] } }, 'capabilities.features'],
  ])('refuses %j', (changes, path) => {
    expect(issue(changes)?.path).toBe(path)
  })
})

describe('closing', () => {
  it('takes a close with or without a reason', () => {
    expect(issuesOf(sessionCloseSchema, {})).toBeUndefined()
    expect(issuesOf(sessionCloseSchema, { reason: null })).toBeUndefined()
    expect(issuesOf(sessionCloseSchema, { reason: 'done' })).toBeUndefined()
    expect(issuesOf(sessionCloseSchema, { reason: 5 })?.[0]?.path).toBe('reason')
  })

  it.each([...CLOSE_REASONS, 'a_reason_of_later'])('takes the reason %s', (reason) => {
    expect(issuesOf(sessionClosedSchema, { reason, resume: true, retry_after_ms: 0 })).toBeUndefined()
  })

  it('refuses a closing that does not say whether the session lives on', () => {
    expect(issuesOf(sessionClosedSchema, { reason: 'bye' })?.[0]?.path).toBe('resume')
    expect(
      issuesOf(sessionClosedSchema, { reason: 'bye', resume: false, retry_after_ms: -1 })?.[0]?.path,
    ).toBe('retry_after_ms')
  })
})
