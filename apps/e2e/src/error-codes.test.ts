import {
  AgentNotAvailableError,
  agent,
  ERROR_CODES,
  type ErrorCode,
  errorClasses,
  HeartbeatLostError,
  isArcpError,
} from '@arcp/protocol'
import { type Implementation, implement } from '@arcp/runtime'
import type { RawFrame, ScriptedPeer } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { links } from './links'
import { type Stage, stage } from './stage'

/** An agent of any input that does this. */
const does = (name: string, run: Implementation['run']) => implement(agent({ name, version: '1.0.0' }), run)

const agents = [
  does('echo', (input) => input),
  does('tool', (_, ctx) => ctx.tool('git.log', {}, () => 'never called')),
  does('wait', (_, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', reject))),
  does('throw', () => {
    throw new Error('the password is swordfish')
  }),
  does('alone', () => {
    throw new HeartbeatLostError('a runtime that helps fell silent')
  }),
  does('refer', () => {
    throw new AgentNotAvailableError('ask another one', { retryable: true, details: { until: 'noon' } })
  }),
]

/** Sends a request and resolves with its answer. */
function answer(peer: ScriptedPeer, type: string, payload: object): Promise<RawFrame> {
  const id = peer.request(type, payload)
  return peer.next((frame) => frame.payload.request_id === id)
}

/** The error of the job that a submit makes. */
async function failure(peer: ScriptedPeer, payload: object): Promise<unknown> {
  const { job_id, type, payload: told } = await answer(peer, 'job.submit', payload)
  expect(type, JSON.stringify(told)).toBe('job.accepted')
  const failed = await peer.next((frame) => frame.type === 'job.failed' && frame.job_id === job_id)
  return failed.payload.error
}

/** The refusal of a request, without what names the request. */
async function refusal(peer: ScriptedPeer, type: string, payload: object): Promise<unknown> {
  const { type: told, payload: answered } = await answer(peer, type, payload)
  expect(told).toBe('session.error')
  const { request_id: _, ...error } = answered
  return error
}

/** The refusal of a hello. */
async function refusedHello(s: Stage, changes: Record<string, unknown>): Promise<unknown> {
  const peer = await s.dial()
  await expect(peer.hello(changes)).rejects.toThrow('hello refused')
  const { request_id: _, ...error } = peer.frames.at(-1)?.payload ?? {}
  return error
}

/** How each code comes about: what to do, and what the wire then says beside code, message and retryable. */
const provocations: [ErrorCode, string, (s: Stage) => Promise<unknown>, object | undefined][] = [
  [
    'PERMISSION_DENIED',
    'a tool outside the lease',
    async (s) => failure(await s.greet(), { agent: 'tool', lease_request: { 'tool.call': ['git.status'] } }),
    { namespace: 'tool.call', target: 'git.log' },
  ],
  [
    'PERMISSION_DENIED',
    'a lease beyond what is granted',
    async (s) =>
      refusal(await s.greet(), 'job.submit', { agent: 'echo', lease_request: { 'fs.read': ['/**'] } }),
    { namespace: 'fs.read', pattern: '/**' },
  ],
  [
    'LEASE_SUBSET_VIOLATION',
    'a lease beyond the one of a delegation token',
    async (s) => {
      const lease = { 'tool.call': ['git.*'] }
      const token = await s.runtime.createDelegationToken('ada', ['*'], { lease })
      const peer = await s.dial()
      await peer.hello({ auth: { scheme: 'bearer', token } })
      return refusal(peer, 'job.submit', { agent: 'echo', lease_request: { 'tool.call': ['**'] } })
    },
    { namespace: 'tool.call', pattern: '**' },
  ],
  [
    'JOB_NOT_FOUND',
    'the cancel of a job that is not there',
    async (s) => refusal(await s.greet(), 'job.cancel', { job_id: 'job_0' }),
    { job_id: 'job_0' },
  ],
  [
    'DUPLICATE_KEY',
    'a key that belongs to another request',
    async (s) => {
      const peer = await s.greet()
      await answer(peer, 'job.submit', { agent: 'echo', input: 1, idempotency_key: 'k' })
      return refusal(peer, 'job.submit', { agent: 'echo', input: 2, idempotency_key: 'k' })
    },
    { existing_job_id: expect.stringMatching(/^job_/) },
  ],
  [
    'AGENT_NOT_AVAILABLE',
    'an agent nobody has',
    async (s) => refusal(await s.greet(), 'job.submit', { agent: 'nobody' }),
    { agent: 'nobody' },
  ],
  [
    'AGENT_VERSION_NOT_AVAILABLE',
    'a version nobody has',
    async (s) => refusal(await s.greet(), 'job.submit', { agent: 'echo@0.9.0' }),
    { agent: 'echo', version: '0.9.0', available: ['1.0.0'] },
  ],
  [
    'TIMEOUT',
    'a job that runs longer than it may',
    async (s) => failure(await s.greet(), { agent: 'wait', max_runtime_sec: 0.001 }),
    undefined,
  ],
  [
    'RESUME_WINDOW_EXPIRED',
    'a session that is not there',
    (s) => refusedHello(s, { resume: { session_id: 'sess_0', resume_token: 'ars_0', last_event_seq: 0 } }),
    undefined,
  ],
  [
    'RESUME_WINDOW_EXPIRED',
    'the token of a job that is not there',
    async (s) => refusal(await s.greet(), 'job.submit', { resume_token: 'arj_0' }),
    undefined,
  ],
  [
    'LEASE_EXPIRED',
    'a job whose lease ends before it',
    async (s) => failure(await s.greet(), { agent: 'wait', lease_constraints: { expires_in_s: 0.001 } }),
    undefined,
  ],
  [
    'BUDGET_EXHAUSTED',
    'a tool when nothing is left',
    async (s) =>
      failure(await s.greet(), {
        agent: 'tool',
        lease_request: { 'tool.call': ['git.log'], 'cost.budget': ['USD:0'] },
      }),
    { namespace: 'tool.call', target: 'git.log', currency: 'USD' },
  ],
  [
    'INVALID_REQUEST',
    'a submit that names no agent',
    async (s) => refusal(await s.greet(), 'job.submit', { input: 1 }),
    { issues: [{ path: 'payload.agent', message: expect.any(String) }] },
  ],
  [
    'UNAUTHENTICATED',
    'a delegation token that is used again',
    async (s) => {
      const token = await s.runtime.createDelegationToken('ada', ['*'])
      const peer = await s.dial()
      await peer.hello({ auth: { scheme: 'bearer', token } })
      await answer(peer, 'session.list_jobs', {})
      return refusedHello(s, { auth: { scheme: 'bearer', token } })
    },
    undefined,
  ],
  [
    'UNAUTHENTICATED',
    'a token nobody knows',
    (s) => refusedHello(s, { auth: { scheme: 'bearer', token: 'wrong' } }),
    undefined,
  ],
  [
    'HEARTBEAT_LOST',
    'an agent whose own helper fell silent',
    async (s) => failure(await s.greet(), { agent: 'alone' }),
    undefined,
  ],
  [
    'INTERNAL_ERROR',
    'an exception nobody foresaw',
    async (s) => failure(await s.greet(), { agent: 'throw' }),
    undefined,
  ],
]

describe.each(links)('$name', (link) => {
  it.each(provocations)('%s answers %s', async (code, _, provoke, details) => {
    await using s = await stage(link, { agents })
    const { retryable } = ERROR_CODES[code]
    const error = { code, message: expect.stringMatching(/./), retryable, ...(details && { details }) }
    expect(await provoke(s)).toEqual(error)
  })

  it('CANCELLED is what the result of a cancelled job rejects with', async () => {
    await using s = await stage(link, { agents })
    const client = await s.connect()
    const job = await client.submit('wait', null)
    await job.cancel('enough')
    const error = await job.result().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(errorClasses.CANCELLED)
    expect(error).toMatchObject({ code: 'CANCELLED', retryable: false, details: { reason: 'enough' } })
  })

  it('PERMISSION_DENIED answers a cancel by another session of the same identity', async () => {
    await using s = await stage(link, { agents })
    const [owner, other] = [await s.greet(), await s.greet()]
    const { job_id } = await answer(owner, 'job.submit', { agent: 'wait' })
    expect(await refusal(other, 'job.cancel', { job_id })).toMatchObject({ code: 'PERMISSION_DENIED' })
    expect(await answer(owner, 'job.cancel', { job_id })).toMatchObject({ type: 'job.cancel_accepted' })
  })

  it('JOB_NOT_FOUND answers a cancel by another identity, as if there were no such job', async () => {
    await using s = await stage(link, { agents })
    const owner = await s.greet()
    const { job_id } = await answer(owner, 'job.submit', { agent: 'wait' })
    const bob = await s.dial()
    await bob.hello({ auth: { scheme: 'bearer', token: 'bobs' } })
    const [foreign, absent] = await Promise.all(
      [job_id, 'job_0'].map((id) => refusal(bob, 'job.cancel', { job_id: id })),
    )
    expect(foreign).toMatchObject({ code: 'JOB_NOT_FOUND' })
    expect(JSON.stringify(foreign).replaceAll(String(job_id), 'job_0')).toBe(JSON.stringify(absent))
  })

  it("an agent's own error keeps its code, message, details and what it says of trying again", async () => {
    await using s = await stage(link, { agents })
    const peer = await s.greet()
    const told = { code: 'AGENT_NOT_AVAILABLE', message: 'ask another one', details: { until: 'noon' } }
    expect(await failure(peer, { agent: 'refer' })).toEqual({ ...told, retryable: true })
    const job = await (await s.connect()).submit('refer', null)
    const error = await job.result().catch((thrown: unknown) => thrown)
    expect(isArcpError(error, 'AGENT_NOT_AVAILABLE')).toBe(true)
    expect(error).toMatchObject({ ...told, retryable: true })
  })

  it('R-LIF-9 INTERNAL_ERROR tells nothing of an exception; its text and stack are in the log', async () => {
    await using s = await stage(link, { agents })
    const peer = await s.greet()
    expect(await failure(peer, { agent: 'throw' })).toMatchObject({ code: 'INTERNAL_ERROR' })
    expect(JSON.stringify(peer.frames)).not.toContain('swordfish')
    const errors = s.logged.map(({ fields }) => fields?.error)
    expect(errors).toContainEqual(
      expect.objectContaining({
        message: 'the password is swordfish',
        stack: expect.stringContaining('at '),
      }),
    )
  })
})

it('covers every code', () => {
  const covered = new Set<string>(['CANCELLED', ...provocations.map(([code]) => code)])
  expect(Object.keys(ERROR_CODES).filter((code) => !covered.has(code))).toEqual([])
})
