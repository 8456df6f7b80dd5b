import { describe, expect, expectTypeOf, it } from 'vitest'
import { issuesOf } from '../schema'
import type { JobEventBodies } from './bodies'
import type { JobEventType } from './event'
import { eventBodySchemas, eventFields, vendorBodySchema } from './schemas'

/** For each event the fullest body there is. */
const full: { [Type in JobEventType]: Required<JobEventBodies[Type]> } = {
  'job.queued': { agent: 'echo@1.0.0', position: 0 },
  'job.started': { agent: 'echo@1.0.0', attempt: 1, resume_token: 'arj_1' },
  'job.log': { level: 'fatal', message: '', attributes: { constructor: 1 } },
  'job.progress': { current: 0, total: 0.5, units: 'files', message: 'm' },
  'job.result_chunk': { result_id: 'r', chunk_seq: 0, data: '', encoding: 'base64', more: false },
  'job.completed': {
    result: null,
    result_id: 'r',
    result_size: 0,
    result_format: 'json',
    summary: 's',
    details: {},
  },
  'job.failed': { error: { code: 'TIMEOUT', message: 'late', retryable: false, details: {} } },
  'job.cancelled': { reason: 'because', details: {} },
  'job.thought': { text: 't' },
  'job.status': { phase: 'p', message: 'm', details: {}, credentials: [] },
  'job.tool_call': { call_id: 'c', tool: 'search', args: null },
  'job.tool_result': { call_id: 'c', result: 0, error: { code: 'X', message: 'm' } },
  'job.metric': { name: 'n', value: -0.5, unit: 's', dimensions: { constructor: 'a' } },
  'job.artifact_ref': { uri: 'u', content_type: 'text/plain', byte_size: 0, sha256: 'a'.repeat(64) },
  'job.delegate': { child_job_id: 'j', agent: 'echo', input: null },
}
const types = Object.keys(full) as JobEventType[]

/** For each event the paths of what it cannot do without. */
const required: { readonly [Type in JobEventType]: readonly string[] } = {
  'job.queued': ['agent', 'position'],
  'job.started': ['agent', 'attempt'],
  'job.log': ['level', 'message'],
  'job.progress': ['current'],
  'job.result_chunk': ['result_id', 'chunk_seq', 'data', 'encoding', 'more'],
  'job.completed': [],
  'job.failed': ['error'],
  'job.cancelled': [],
  'job.thought': ['text'],
  'job.status': ['phase'],
  'job.tool_call': ['call_id', 'tool', 'args'],
  'job.tool_result': ['call_id'],
  'job.metric': ['name', 'value'],
  'job.artifact_ref': ['uri', 'content_type'],
  'job.delegate': ['child_job_id', 'agent', 'input'],
}

describe('eventBodySchemas', () => {
  it('has one for every event', () => {
    expect(Object.keys(eventBodySchemas)).toEqual(types)
    expectTypeOf<keyof typeof eventBodySchemas>().toEqualTypeOf<JobEventType>()
  })

  it.each(types)('takes the fullest %s, extensions too', (type) => {
    expect(issuesOf(eventBodySchemas[type], { ...full[type], 'x-acme': null })).toBeUndefined()
  })

  it.each(types)('takes the barest %s, and nothing barer', (type) => {
    const source: Record<string, unknown> = { ...full[type] }
    const barest = Object.fromEntries(required[type].map((field) => [field, source[field]]))
    expect(issuesOf(eventBodySchemas[type], barest)).toBeUndefined()
    for (const field of required[type]) {
      const { [field]: _, ...rest } = barest
      expect(issuesOf(eventBodySchemas[type], rest)).toEqual([{ path: field, message: 'is missing' }])
    }
  })

  it.each(types)('takes no list, null or text for the body of %s', (type) => {
    for (const body of [[], null, 'text', undefined]) {
      expect(issuesOf(eventBodySchemas[type], body)).toEqual([{ path: '', message: 'expected an object' }])
    }
  })

  it.each(types)('refuses null for the contract fields of %s, for what is sent is strict', (type) => {
    const anyJson = ['result', 'args', 'input']
    for (const field of Object.keys(full[type]).filter((name) => !anyJson.includes(name))) {
      expect(issuesOf(eventBodySchemas[type], { ...full[type], [field]: null })?.[0]?.path).toBe(field)
    }
  })

  it.each<[JobEventType, object, string]>([
    ['job.queued', { position: -1 }, 'position'],
    ['job.started', { attempt: 0 }, 'attempt'],
    ['job.log', { level: 'loud' }, 'level'],
    ['job.log', { attributes: [] }, 'attributes'],
    ['job.progress', { current: -1 }, 'current'],
    ['job.progress', { current: Number.NaN }, 'current'],
    ['job.progress', { current: Number.POSITIVE_INFINITY }, 'current'],
    ['job.progress', { total: '10' }, 'total'],
    ['job.result_chunk', { chunk_seq: 0.5 }, 'chunk_seq'],
    ['job.result_chunk', { encoding: 'latin1' }, 'encoding'],
    ['job.result_chunk', { more: 1 }, 'more'],
    ['job.completed', { result_format: 'xml' }, 'result_format'],
    ['job.failed', { error: { code: 'TIMEOUT' } }, 'error.message'],
    ['job.failed', { error: 'late' }, 'error'],
    ['job.tool_result', { error: { message: 'm' } }, 'error.code'],
    ['job.metric', { value: Number.NaN }, 'value'],
    ['job.metric', { value: Number.NEGATIVE_INFINITY }, 'value'],
    ['job.metric', { dimensions: { a: 1 } }, 'dimensions'],
    ['job.metric', { dimensions: JSON.parse('{"__proto__":1}') }, 'dimensions'],
    ['job.artifact_ref', { sha256: 'A'.repeat(64) }, 'sha256'],
    ['job.artifact_ref', { byte_size: -1 }, 'byte_size'],
  ])('refuses %s with %j', (type, changes, path) => {
    expect(issuesOf(eventBodySchemas[type], { ...full[type], ...changes })?.[0]?.path).toBe(path)
  })

  it('leaves what an agent hands over as it was', () => {
    const body = Object.freeze({ current: 1, 'x-acme': null })
    expect(issuesOf(eventBodySchemas['job.progress'], body)).toBeUndefined()
  })
})

describe('eventFields', () => {
  it.each(types)('names the fields of %s', (type) => {
    expect([...eventFields[type]].sort()).toEqual(Object.keys(full[type]).sort())
  })
})

describe('vendorBodySchema', () => {
  it('takes any JSON under body, and needs it', () => {
    for (const body of [null, 0, '', [], {}]) expect(issuesOf(vendorBodySchema, { body })).toBeUndefined()
    expect(issuesOf(vendorBodySchema, {})).toEqual([{ path: 'body', message: 'is missing' }])
  })
})
