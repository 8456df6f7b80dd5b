import { agent } from '@arcp/protocol'
import type { JobRecord } from '@arcp/protocol/store'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { implement } from '../agents/implement'
import { echo } from '../testing/agents'
import { harness, outcome, refusal, submitted } from '../testing/harness'
import { storeThat } from '../testing/store-that'

const versioned = (version: string) => implement(agent({ name: 'many', version }), () => version)
const strict = implement(
  agent({
    name: 'strict',
    version: '1.0.0',
    input: v.object({ files: v.array(v.object({ name: v.string() })), depth: v.optional(v.number(), 3) }),
  }),
  (input) => input,
)
const broken = implement(
  agent({
    name: 'broken',
    version: '1.0.0',
    input: {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: () => {
          throw new Error('secret of the schema')
        },
      },
    },
  }),
  () => {},
)
const agents = [
  echo,
  strict,
  broken,
  versioned('1.2.0'),
  versioned('1.10.0'),
  versioned('2.0.0-rc.1'),
  versioned('nightly'),
]

/** The refusal of one submit; the session goes on. */
async function refused(payload: object) {
  await using h = harness({ agents })
  const peer = await h.connect()
  const error = await refusal(peer, peer.request('job.submit', payload))
  expect((await outcome(peer, { agent: 'echo', input: 'next' })).payload.result).toBe('next')
  return error
}

describe('the agent', () => {
  it.each([
    ['many', '2.0.0-rc.1'],
    ['many@1.2.0', '1.2.0'],
    ['many@nightly', 'nightly'],
  ])('%s is version %s', async (reference, version) => {
    await using h = harness({ agents })
    const peer = await h.connect()
    const accepted = await submitted(peer, { agent: reference })
    expect(accepted.payload.agent).toBe(`many@${version}`)
  })

  it('that nobody offers is AGENT_NOT_AVAILABLE', async () => {
    expect(await refused({ agent: 'nobody' })).toMatchObject({
      code: 'AGENT_NOT_AVAILABLE',
      retryable: false,
      details: { agent: 'nobody' },
    })
  })

  it('in a version nobody offers is AGENT_VERSION_NOT_AVAILABLE, with those there are', async () => {
    expect(await refused({ agent: 'many@3.0.0' })).toMatchObject({
      code: 'AGENT_VERSION_NOT_AVAILABLE',
      retryable: false,
      details: {
        agent: 'many',
        version: '3.0.0',
        available: ['2.0.0-rc.1', '1.10.0', '1.2.0', 'nightly'],
      },
    })
  })

  it.each([
    {},
    { agent: null },
    { agent: '' },
    { agent: 5 },
    { agent: 'Echo' },
    { agent: 'echo@' },
    { agent: 'a b' },
  ])('must be named: %j', async (payload) => {
    const error = await refused(payload)
    expect(error.code).toBe('INVALID_REQUEST')
    expect(error.message).toContain('agent')
  })
})

describe('the input', () => {
  it.each([
    ['input.files', {}],
    ['input.files', { files: 'src' }],
    ['input.files[1].name', { files: [{ name: 'a' }, { name: 5 }] }],
    ['input', 'text'],
    ['input', null],
  ])('is refused with the path %s', async (path, input) => {
    const error = await refused({ agent: 'strict', input })
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', details: { issues: [{ path }] } })
    expect(error.message).toContain(`${path}:`)
  })

  it('that is missing is refused where a contract wants one', async () => {
    expect(await refused({ agent: 'strict' })).toMatchObject({ details: { issues: [{ path: 'input' }] } })
  })

  it('reaches the agent as the schema made it', async () => {
    await using h = harness({ agents })
    const peer = await h.connect()
    const done = await outcome(peer, {
      agent: 'strict',
      input: { files: [{ name: 'a', extra: 1 }], more: 2 },
    })
    expect(done.payload.result).toEqual({ files: [{ name: 'a' }], depth: 3 })
  })

  it.each([
    [undefined, null],
    [null, null],
    [0, 0],
    ['', ''],
    [[{ a: [null] }], [{ a: [null] }]],
  ])('of any JSON goes where no contract says otherwise: %j', async (input, result) => {
    await using h = harness({ agents })
    expect((await outcome(await h.connect(), { agent: 'echo', input })).payload.result).toEqual(result)
  })

  it('whose schema fails by itself is INTERNAL_ERROR, without the text (R-LIF-9)', async () => {
    const error = await refused({ agent: 'broken' })
    expect(error).toMatchObject({ code: 'INTERNAL_ERROR', retryable: true })
    expect(JSON.stringify(error)).not.toContain('secret')
  })
})

describe('the lease', () => {
  it('is nothing at all unless asked for', async () => {
    await using h = harness({ agents })
    const peer = await h.connect()
    expect((await submitted(peer, { agent: 'echo' })).payload.lease).toEqual({})
    expect((await submitted(peer, { agent: 'echo', lease_request: {} })).payload.lease).toEqual({})
  })

  it.each([
    ['payload.lease_request', 'all'],
    ['payload.lease_request', ['tool.call']],
    ['payload.lease_request["fs.delete"]', { 'fs.delete': ['*'] }],
    ['payload.lease_request["tool.call"]', { 'tool.call': '*' }],
    ['payload.lease_request["tool.call"][1]', { 'tool.call': ['a', 5] }],
    ['payload.lease_request["tool.call"][0]', { 'tool.call': [''] }],
  ])('is refused with the path %s when malformed', async (path, lease_request) => {
    expect(await refused({ agent: 'echo', lease_request })).toMatchObject({
      code: 'INVALID_REQUEST',
      details: { issues: [{ path }] },
    })
  })

  it.each([
    ['payload.lease_constraints', 'soon'],
    ['payload.lease_constraints.expires_in_s', { expires_in_s: 0 }],
    ['payload.lease_constraints.expires_at', { expires_at: 'tomorrow' }],
  ])('has constraints of a form: %s (R-AUT-6)', async (path, lease_constraints) => {
    expect(await refused({ agent: 'echo', lease_constraints })).toMatchObject({
      code: 'INVALID_REQUEST',
      details: { issues: [{ path }] },
    })
  })
})

describe('the record', () => {
  it('is written before the job starts, with who asked and by which request', async () => {
    const written: JobRecord[] = []
    const store = storeThat((inner) => ({
      createJob: async (record) => {
        written.push(record)
        await inner.createJob(record)
      },
    }))
    await using h = harness({ agents, store })
    const peer = await h.connect()
    const accepted = await submitted(peer, { agent: 'echo', lease_request: { 'tool.call': ['a'] } })
    expect(written).toEqual([
      {
        jobId: accepted.job_id,
        agent: 'echo@1.0.0',
        scope: { principal: 'ada', chain: [] },
        sessionId: peer.sessionId,
        submitId: accepted.payload.request_id,
        state: 'queued',
        lease: { 'tool.call': ['a'] },
        traceId: accepted.trace_id,
        createdAt: Date.parse(String(accepted.payload.accepted_at)),
        hostEpoch: 1,
      },
    ])
  })

  it('that cannot be written is INTERNAL_ERROR, and no job', async () => {
    let failures = 1
    const store = storeThat((inner) => ({
      createJob: async (record) => {
        if (failures-- > 0) throw new Error('disk secret')
        await inner.createJob(record)
      },
    }))
    await using h = harness({ agents, store, limits: { activeJobs: 1 } })
    const peer = await h.connect()
    const error = await refusal(peer, peer.request('job.submit', { agent: 'echo' }))
    expect(error).toMatchObject({ code: 'INTERNAL_ERROR', retryable: true })
    expect(JSON.stringify(error)).not.toContain('secret')
    expect((await outcome(peer, { agent: 'echo', input: 1 })).payload.result).toBe(1)
  })
})
