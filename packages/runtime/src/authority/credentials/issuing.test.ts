import { PermissionDeniedError } from '@arcp/protocol'
import type { CredentialNote } from '@arcp/protocol/store'
import { gate, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import type { RuntimeOptions } from '../../options'
import { createRuntime } from '../../runtime'
import { agentOf, echo, heldAgent } from '../../testing/agents'
import { harness, outcome, refusal, submitted } from '../../testing/harness'
import { keyDesk } from '../../testing/key-desk'
import { mayDelegate } from '../../testing/parent'
import { storeThat } from '../../testing/store-that'
import { expectNoUnhandled } from '../../testing/unhandled'
import { waitUntil } from '../../testing/wait-until'
import { MAX_PROVISIONERS } from './credentials'
import type { IssuedCredential } from './provisioner'

expectNoUnhandled()

/** A store, and what notes of credentials are in it. */
function notingStore() {
  const notes = new Map<string, CredentialNote>()
  const store = storeThat((inner) => ({
    noteCredential(note) {
      notes.set(note.credentialId, note)
      return inner.noteCredential(note)
    },
    forgetCredential(id) {
      notes.delete(id)
      return inner.forgetCredential(id)
    },
  }))
  return { store, notes }
}

describe('a job that is submitted', () => {
  it('has its credentials made for it alone, before it is accepted, and told to its owner', async () => {
    const desk = keyDesk()
    const { store, notes } = notingStore()
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation], credentials: [desk], store })
    const peer = await h.connect()
    const lease = { 'model.use': ['gpt-*'], 'cost.budget': ['USD:1.50'] }
    const answer = await submitted(peer, {
      agent: 'held',
      lease_request: lease,
      lease_constraints: { expires_in_s: 60 },
    })
    const [request] = desk.requests
    expect(request).toEqual({
      id: expect.stringMatching(/^cred_[0-9A-Z]{26}$/),
      jobId: answer.job_id,
      agent: 'held@1.0.0',
      scope: { principal: 'ada', chain: [] },
      traceId: answer.trace_id,
      lease,
      leaseConstraints: { expires_in_s: 60, expires_at: expect.any(String) },
      budget: { USD: '1.5' },
      signal: expect.any(AbortSignal),
      rotate: expect.any(Function),
    })
    expect(answer.payload.credentials).toEqual([
      { id: request?.id, scheme: 'bearer', value: 'KEY-keys-1', endpoint: 'https://keys.test/v1' },
    ])
    expect([...notes.values()]).toEqual([
      { credentialId: request?.id, provisioner: 'keys', jobId: answer.job_id, principal: 'ada' },
    ])
    held.gate.open('done')
  })

  it('tells what the job may still spend, of what it shares with others and after what it has spent', async () => {
    const desk = keyDesk()
    const child = agentOf('child', () => null)
    const parent = agentOf('parent', async (_, ctx) => {
      await ctx.spend('USD', '0.50')
      await (await ctx.delegate('child', null)).result()
      await ctx.rotateCredential(String(ctx.credentials[0]?.id))
      await ctx.spend('USD', '2')
      await ctx.rotateCredential(String(ctx.credentials[0]?.id))
    })
    await using h = harness({ agents: [parent, child], credentials: [desk] })
    const lease = { ...mayDelegate, 'cost.budget': ['USD:2', 'EUR:1'] }
    await outcome(await h.connect(), { agent: 'parent', lease_request: lease })
    expect(desk.requests.map(({ agent, budget }) => [agent, budget])).toEqual([
      ['parent@1.0.0', { USD: '2', EUR: '1' }],
      ['child@1.0.0', { USD: '1.5', EUR: '1' }],
      ['parent@1.0.0', { USD: '1.5', EUR: '1' }],
      ['parent@1.0.0', { USD: '0', EUR: '1' }],
    ])
  })

  it('is noted before anything is made', async () => {
    const { store, notes } = notingStore()
    const noted: boolean[] = []
    const desk = keyDesk('keys', { beforeIssue: ({ id }) => void noted.push(notes.has(id)) })
    await using h = harness({ agents: [echo], credentials: [desk], store })
    await outcome(await h.connect(), { agent: 'echo' })
    expect(noted).toEqual([true])
  })

  it('gives its agent the credentials of each provisioner, in their order, with all they say', async () => {
    const slow = gate()
    const first = keyDesk('first', {
      beforeIssue: () => slow.promise,
      issue: () => ({ value: 'A', endpoint: 'https://a.test', profile: 'openai', constraints: { rpm: 5 } }),
    })
    const second = keyDesk('second', {
      issue: () => {
        slow.open()
        return { value: 'B', endpoint: 'https://b.test' }
      },
    })
    const reader = agentOf('reader', (_, ctx) =>
      ctx.credentials.map(({ scheme, value, endpoint, profile, constraints }) => [
        scheme,
        value,
        endpoint,
        profile,
        constraints,
      ]),
    )
    await using h = harness({ agents: [reader], credentials: [first, second] })
    const { payload } = await outcome(await h.connect(), { agent: 'reader' })
    expect(payload.result).toEqual([
      ['bearer', 'A', 'https://a.test', 'openai', { rpm: 5 }],
      ['bearer', 'B', 'https://b.test', null, null],
    ])
  })

  it('has none where a provisioner makes none for it, and nothing is revoked then', async () => {
    const desk = keyDesk('keys', { issue: () => undefined })
    const { store, notes } = notingStore()
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation], credentials: [desk], store })
    const peer = await h.connect()
    const { payload } = await submitted(peer, { agent: 'held' })
    expect(payload).not.toHaveProperty('credentials')
    expect((await held.started).credentials).toEqual([])
    await waitUntil(() => notes.size === 0)
    held.gate.open('done')
    expect(desk.revocations).toEqual([])
  })

  it('has none where there is no provisioner', async () => {
    const reader = agentOf('reader', async (_, ctx) => {
      await expect(ctx.rotateCredential('cred_1')).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
      return ctx.credentials.length
    })
    await using h = harness({ agents: [reader] })
    const peer = await h.connect()
    const { payload } = await submitted(peer, { agent: 'reader' })
    expect(payload).not.toHaveProperty('credentials')
    expect((await outcome(peer, { agent: 'reader' })).payload.result).toBe(0)
  })
})

describe('a submit whose credentials cannot be made', () => {
  const refused = async (options: Partial<RuntimeOptions>) => {
    await using h = harness({ agents: [echo], ...options })
    const peer = await h.connect()
    const { code, message, retryable, details } = await refusal(
      peer,
      peer.request('job.submit', { agent: 'echo' }),
    )
    expect(peer.frames.some(({ type }) => type.startsWith('job.'))).toBe(false)
    return { error: { code, message, retryable, details }, logged: h.logged }
  }

  it('is refused with what the provisioner says of it', async () => {
    const desk = keyDesk('keys', {
      beforeIssue: () => {
        throw new PermissionDeniedError('no key for this principal', { details: { plan: 'free' } })
      },
    })
    const { error } = await refused({ credentials: [desk] })
    expect(error).toEqual({
      code: 'PERMISSION_DENIED',
      message: 'no key for this principal',
      retryable: false,
      details: { plan: 'free' },
    })
    await waitUntil(() => desk.revocations.length === 1)
  })

  it('is refused without details that JSON cannot write, and so is the next one', async () => {
    const desk = keyDesk('keys', {
      beforeIssue: () => {
        throw new PermissionDeniedError('no key', { details: { left: 0n } })
      },
    })
    await using h = harness({ agents: [echo], credentials: [desk] })
    const peer = await h.connect()
    for (let i = 0; i < 2; i++) {
      const error = await refusal(peer, peer.request('job.submit', { agent: 'echo' }))
      expect(error).toMatchObject({ code: 'PERMISSION_DENIED', message: 'no key' })
      expect(error).not.toHaveProperty('details')
    }
  })

  it('is refused with INTERNAL_ERROR and nothing of its text where that throws anything else', async () => {
    const desk = keyDesk('keys', {
      beforeIssue: () => {
        throw new Error('the master key is MASTER')
      },
    })
    const { error, logged } = await refused({ credentials: [desk] })
    expect(error).toEqual({
      code: 'INTERNAL_ERROR',
      message: 'the credentials could not be made',
      retryable: true,
      details: { reason: 'credentials' },
    })
    expect(logged).toContainEqual({
      level: 'warn',
      message: 'a credential could not be made',
      fields: expect.objectContaining({ provisioner: 'keys', error: expect.any(Error) }),
    })
  })

  it.each<[string, unknown]>([
    ['no value', { endpoint: 'https://keys.test' }],
    ['an empty value', { value: '', endpoint: 'https://keys.test' }],
    ['no endpoint', { value: 'SECRET' }],
    ['a profile that is no text', { value: 'SECRET', endpoint: 'https://keys.test', profile: 5 }],
    ['constraints that are no object', { value: 'SECRET', endpoint: 'https://keys.test', constraints: [1] }],
  ])('is refused where it comes with %s, which is revoked and quoted nowhere', async (_, issued) => {
    const desk = keyDesk('keys', { issue: () => issued as IssuedCredential })
    const { error, logged } = await refused({ credentials: [desk] })
    expect(error).toMatchObject({ code: 'INTERNAL_ERROR', details: { reason: 'credentials' } })
    await waitUntil(() => desk.live.size === 0)
    expect(desk.revocations).toEqual([desk.requests[0]?.id])
    expect(JSON.stringify(logged.map(({ fields }) => String(fields?.error)))).not.toContain('SECRET')
  })

  it('has what others made for it revoked, and those that are still at it told to stop', async () => {
    const made = gate()
    const good = keyDesk('good', { beforeRevoke: () => made.open() })
    const stopped = gate<unknown>()
    const slow = keyDesk('slow', {
      beforeIssue: ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            stopped.open(signal.reason)
            reject(signal.reason)
          })
        }),
    })
    const bad = keyDesk('bad', {
      beforeIssue: async () => {
        await waitUntil(() => good.live.size === 1)
        throw new Error('down')
      },
    })
    const { error } = await refused({ credentials: [good, slow, bad] })
    expect(error).toMatchObject({ code: 'INTERNAL_ERROR', details: { reason: 'credentials' } })
    await Promise.all([made.promise, stopped.promise])
    await waitUntil(() => good.live.size === 0 && slow.revocations.length === 1)
    expect(good.revocations).toHaveLength(1)
  })

  it('is refused when that takes too long; what comes later all the same is revoked', async () => {
    const clock = new TestClock()
    const late = gate()
    const desk = keyDesk('keys', { beforeIssue: () => late.promise })
    await using h = harness({ agents: [echo], credentials: [desk], clock, limits: { admissionMs: 2_000 } })
    const peer = await h.connect()
    const id = peer.request('job.submit', { agent: 'echo' })
    await clock.settle()
    expect(desk.requests[0]?.signal.aborted).toBe(false)
    await clock.elapse(2_000)
    expect((await refusal(peer, id)).details).toMatchObject({ reason: 'admission' })
    expect(desk.requests[0]?.signal.aborted).toBe(true)
    expect(desk.revocations).toEqual([])
    late.open()
    await waitUntil(() => desk.revocations.length === 1)
    await waitUntil(() => desk.live.size === 0)
  })

  it('is refused where the store does not take the note, and then nothing is made', async () => {
    const desk = keyDesk()
    const store = storeThat(() => ({ noteCredential: () => Promise.reject(new Error('full')) }))
    const { error } = await refused({ credentials: [desk], store })
    expect(error).toMatchObject({
      code: 'INTERNAL_ERROR',
      message: 'the credentials could not be written down',
    })
    expect(desk.requests).toEqual([])
  })

  it('frees its key and its place: the next one is admitted afresh', async () => {
    let down = true
    const desk = keyDesk('keys', {
      beforeIssue: () => {
        if (down) throw new Error('down')
      },
    })
    await using h = harness({ agents: [echo], credentials: [desk], limits: { activeJobs: 1, queuedJobs: 1 } })
    const peer = await h.connect()
    const submit = { agent: 'echo', input: 1, idempotency_key: 'k' }
    await refusal(peer, peer.request('job.submit', submit))
    down = false
    expect((await outcome(peer, submit)).payload.result).toBe(1)
  })

  it('has them revoked where the job cannot be written down', async () => {
    const desk = keyDesk()
    const store = storeThat(() => ({ createJob: () => Promise.reject(new Error('full')) }))
    const { error } = await refused({ credentials: [desk], store })
    expect(error).toMatchObject({ code: 'INTERNAL_ERROR', message: 'the job could not be written down' })
    await waitUntil(() => desk.revocations.length === 1)
    await waitUntil(() => desk.live.size === 0)
  })
})

describe('the limit', () => {
  it.each([
    ['credentials', { credentials: 2 }, 'credentials'],
    ['credentialsPerPrincipal', { credentialsPerPrincipal: 2 }, 'credentials_per_principal'],
  ])('%s counts what is there and what is still to be revoked', async (_, limits, reason) => {
    const held = heldAgent()
    const free = gate()
    const desk = keyDesk('keys', { beforeRevoke: () => free.promise })
    await using h = harness({
      agents: [echo, held.implementation],
      credentials: [desk],
      limits: { ...limits, revocationMs: 1 },
    })
    const peer = await h.connect()
    await submitted(peer, { agent: 'held' })
    expect((await outcome(peer, { agent: 'echo' })).payload.details).toEqual({
      credentials: 'revocation_pending',
    })
    const { code, details } = await refusal(peer, peer.request('job.submit', { agent: 'echo' }))
    expect([code, details]).toEqual(['INTERNAL_ERROR', { reason, limit: 2, retry_after_ms: 1_000 }])
    free.open()
    await waitUntil(() => desk.live.size === 1)
    await outcome(peer, { agent: 'echo' })
    held.gate.open('done')
  })

  it('credentialBytes is of all of a job together, and never above a quarter of a frame', async () => {
    const sized = (length: number) =>
      keyDesk(`k${length}`, { issue: () => ({ value: 'x'.repeat(length), endpoint: 'e' }) })
    const written = (id: string, length: number) =>
      JSON.stringify([{ id, scheme: 'bearer', value: 'x'.repeat(length), endpoint: 'e' }]).length
    const limit = written('cred_01234567890123456789012345', 2_000)
    for (const [limits, length, reason] of [
      [{ credentialBytes: limit }, 2_000, undefined],
      [{ credentialBytes: limit }, 2_001, limit],
      [{ credentialBytes: limit * 9, maxFrameBytes: limit * 4 }, 2_000, undefined],
      [{ credentialBytes: limit * 9, maxFrameBytes: limit * 4 }, 2_001, limit],
    ] as const) {
      const desk = sized(length)
      await using h = harness({ agents: [echo], credentials: [desk], limits })
      const peer = await h.connect()
      const id = peer.request('job.submit', { agent: 'echo' })
      const { type, payload } = await peer.next((frame) => frame.payload.request_id === id)
      if (reason === undefined) expect(type).toBe('job.accepted')
      else expect(payload.details).toMatchObject({ reason: 'credential_bytes', limit: reason })
      await waitUntil(() => desk.live.size === 0)
    }
  })

  it('of provisioners is one that no runtime begins beyond', () => {
    const options = { name: 'r', version: '1', auth: () => undefined, agents: [] }
    const desks = (count: number) => Array.from({ length: count }, (_, at) => keyDesk(`desk-${at}`))
    expect(() => createRuntime({ ...options, credentials: desks(MAX_PROVISIONERS) })).not.toThrow()
    for (const [credentials, message] of [
      [desks(MAX_PROVISIONERS + 1), /at most 16/],
      [[keyDesk('a'), keyDesk('a')], /two of the name a/],
      [[keyDesk('')], /1 to 256/],
      [[keyDesk('x'.repeat(257))], /1 to 256/],
      [[{ name: 'a', issue: async () => undefined } as never], /no issue or revoke/],
    ] as const) {
      expect(() => createRuntime({ ...options, credentials })).toThrow(message)
    }
  })
})

it('a runtime says that it makes credentials where it does', async () => {
  for (const credentials of [[], [keyDesk()]]) {
    await using h = harness({ credentials })
    const capabilities = { encodings: ['json'], features: ['typed_events', 'provisioned_credentials'] }
    const { payload } = await h.dial().hello({ capabilities })
    const features = credentials.length > 0 ? ['typed_events', 'provisioned_credentials'] : ['typed_events']
    expect(payload.capabilities).toMatchObject({ features })
  }
})
