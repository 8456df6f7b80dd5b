import { gate, TestClock } from '@arcp/testkit'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import type { Authenticator } from '../auth/authenticator'
import { staticTokens } from '../auth/static-tokens'
import { agentOf, heldAgent } from '../testing/agents'
import { type Harness, harness, outcome, refusal, submitted } from '../testing/harness'
import { hello, refused, resuming } from '../testing/hello'
import { tempDirectory } from '../testing/temp-directory'

const bearer = (token: string) => ({ auth: { scheme: 'bearer', token } })
const replayed = 'a delegation token: it has been used before'

/** The same contract in two versions. */
const versions = ['1.0.0', '2.0.0'].map((version) => {
  const held = agentOf('report', () => version)
  const contract = Object.assign(Object.create(held.contract), { version, reference: `report@${version}` })
  return { ...held, contract }
})

function delegating(options: Parameters<typeof harness>[0] = {}): Harness {
  return harness({ agents: [...versions, agentOf('echo', (input) => input)], ...options })
}

async function refusedFor(h: Harness, token: string, more: object = {}) {
  const error = await refused(h, { ...hello, ...bearer(token), ...more })
  const line = h.logged.findLast(({ message }) => message === 'a client was refused')
  return { code: error.code, message: error.message, reason: line?.fields?.reason }
}

describe('a session opened with a delegation token', () => {
  it('is told of the agents its token names, and may call no other', async () => {
    await using h = delegating()
    const token = await h.runtime.createDelegationToken('ada', ['agent:report@1.0.0', 'agent:absent'])
    const peer = h.dial()
    const { payload } = await peer.hello(bearer(token))
    expect(payload.capabilities).toMatchObject({ agents: [{ name: 'report', versions: ['1.0.0'] }] })
    expect(JSON.stringify(payload.capabilities)).not.toContain('default')
    expect((await outcome(peer, { agent: 'report@1.0.0' })).payload).toMatchObject({ result: '1.0.0' })
    // A bare name means version 2, and what the token does not name is no business of its holder, there or not.
    for (const agent of ['report', 'report@2.0.0', 'report@3.0.0', 'echo', 'nobody', 'echo@1.0.0']) {
      expect(await refusal(peer, peer.request('job.submit', { agent }))).toMatchObject({
        code: 'PERMISSION_DENIED',
        message: `the token of this session does not name agent ${agent}`,
        details: { agent },
      })
    }
    const absent = peer.request('job.submit', { agent: 'absent' })
    expect((await refusal(peer, absent)).code).toBe('AGENT_NOT_AVAILABLE')
    const malformed = peer.request('job.submit', { agent: '@' })
    expect((await refusal(peer, malformed)).code).toBe('INVALID_REQUEST')
  })

  it.each<[string[], string[]]>([
    [['*'], ['echo@1.0.0', 'report@1.0.0', 'report@2.0.0']],
    [['agent:*'], ['echo@1.0.0', 'report@1.0.0', 'report@2.0.0']],
    [['agent:rep*'], ['report@1.0.0', 'report@2.0.0']],
    [
      ['agent:report@2.*', 'agent:echo'],
      ['echo@1.0.0', 'report@2.0.0'],
    ],
    [['agent:report@2.0.0'], ['report@2.0.0']],
    [['agent:repor'], []],
  ])('by %s may call %s', async (scopes, allowed) => {
    await using h = delegating()
    const peer = h.dial()
    const { payload } = await peer.hello(bearer(await h.runtime.createDelegationToken('ada', scopes)))
    const { agents } = payload.capabilities as { agents: { name: string; versions: string[] }[] }
    expect(agents.flatMap(({ name, versions }) => versions.map((one) => `${name}@${one}`)).sort()).toEqual(
      allowed,
    )
    for (const agent of ['echo@1.0.0', 'report@1.0.0', 'report@2.0.0']) {
      const id = peer.request('job.submit', { agent })
      const answer = await peer.next((frame) => frame.payload.request_id === id)
      expect(answer.type).toBe(allowed.includes(agent) ? 'job.accepted' : 'session.error')
    }
    const bare = peer.request('job.submit', { agent: 'report' })
    const answer = await peer.next((frame) => frame.payload.request_id === bare)
    expect(answer.type).toBe(allowed.includes('report@2.0.0') ? 'job.accepted' : 'session.error')
  })

  it('stays who it is, whatever is done to what others are told of it (R-AUT-12)', async () => {
    const refused: unknown[] = []
    const forget = ({ chain }: { readonly chain: readonly string[] }) => {
      try {
        ;(chain as string[]).length = 0
      } catch (error) {
        refused.push(error)
      }
    }
    await using h = delegating({
      agents: [
        agentOf('echo', (input) => input),
        agentOf('forgetful', (_, { delegatedBy }) => forget({ chain: delegatedBy })),
      ],
      ceiling: (scope) => {
        forget(scope)
        return {}
      },
      observe: { observe: (told) => void (told.type === 'job.accepted' && forget(told.job.scope)) },
    })
    const own = await h.connect()
    await outcome(own, { agent: 'echo' })
    const token = await h.runtime.createDelegationToken('ada', ['*'])
    const peer = await h.connect(bearer(token))
    const { job_id } = await outcome(peer, { agent: 'forgetful' })
    const id = peer.request('session.list_jobs', {})
    const { payload } = await peer.next((frame) => frame.payload.request_id === id)
    expect(payload.jobs).toEqual([expect.objectContaining({ job_id })])
    expect(refused).toHaveLength(5)
  })

  it('gives its jobs the parent its token names', async () => {
    await using h = delegating()
    const token = await h.runtime.createDelegationToken('ada', ['*'], { parentJobId: 'job_elsewhere' })
    const peer = await h.connect(bearer(token))
    const { payload } = await submitted(peer, { agent: 'echo', parent_job_id: 'job_other' })
    expect(payload.parent_job_id).toBe('job_elsewhere')
  })

  it('is granted leases within what its token bounds them by, and no other', async () => {
    await using directory = await tempDirectory()
    await using h = delegating({ fsRoot: directory.path })
    const lease = {
      'fs.read': ['docs/**'],
      'tool.call': ['git.*'],
      'net.fetch': ['https://example.com/a/**'],
    }
    const peer = await h.connect(bearer(await h.runtime.createDelegationToken('ada', ['*'], { lease })))
    const ask = async (lease_request: object) => {
      const id = peer.request('job.submit', { agent: 'echo', lease_request })
      return (await peer.next(({ payload }) => payload.request_id === id)).payload
    }
    for (const within of [
      lease,
      {},
      { 'fs.read': ['docs/a/*.md'] },
      { 'tool.call': ['git.log'] },
      { 'cost.budget': ['USD:5'] },
    ]) {
      expect(await ask(within)).toMatchObject({ lease: within })
    }
    for (const [namespace, pattern] of [
      ['fs.read', '**'],
      ['fs.read', 'docs/../other/**'],
      ['fs.write', 'docs/**'],
      ['tool.call', '**'],
      ['net.fetch', 'https://example.com/**'],
      ['x-acme.db', 'table'],
    ] as const) {
      expect(await ask({ 'tool.call': ['git.log'], [namespace]: [pattern] })).toMatchObject({
        code: 'LEASE_SUBSET_VIOLATION',
        details: { namespace, pattern },
      })
    }
    // What the runtime does not grant to anybody is refused as that.
    expect(await ask({ 'net.fetch': ['http://127.0.0.1/**'] })).toMatchObject({ code: 'PERMISSION_DENIED' })
  })

  it('has no lease that outlasts the one of its token', async () => {
    const clock = new TestClock()
    await using h = delegating({ clock })
    const leaseExpiresAt = new Date(clock.now() + 60_000)
    const options = { lease: { 'tool.call': ['*'] }, leaseExpiresAt, expiresInS: 600 }
    const peer = await h.connect(bearer(await h.runtime.createDelegationToken('ada', ['*'], options)))
    const ask = async (more: object = {}) => {
      const id = peer.request('job.submit', { agent: 'echo', ...more })
      await clock.settle()
      return (await peer.next(({ payload }) => payload.request_id === id)).payload
    }
    const for_s = (expires_in_s: number) => ({ lease_constraints: { expires_in_s } })
    const end = { expires_at: leaseExpiresAt.toISOString() }
    expect(await ask()).toMatchObject({ lease: {}, lease_constraints: { ...end, expires_in_s: 60 } })
    expect(await ask(for_s(60))).toMatchObject({ lease_constraints: end })
    expect(await ask(for_s(59))).toMatchObject({ lease_constraints: { expires_in_s: 59 } })
    expect(await ask(for_s(60.001))).toMatchObject({ code: 'LEASE_SUBSET_VIOLATION', details: end })
    await clock.elapse(59_999)
    expect(await ask()).toMatchObject({ lease_constraints: { expires_in_s: 0.001 } })
    await clock.elapse(1)
    expect(await ask()).toMatchObject({ code: 'LEASE_EXPIRED', details: end })
  })

  it('ends with its token, and goes on with another one for the same', async () => {
    const clock = new TestClock()
    await using h = delegating({ clock })
    const create = (more = {}) => h.runtime.createDelegationToken('ada', ['*'], { expiresInS: 60, ...more })
    const peer = h.dial()
    const welcome = await peer.hello(bearer(await create()))
    await clock.elapse(64_999)
    expect(peer.frames.at(-1)?.type).toBe('session.welcome')
    await clock.elapse(1)
    const closed = await peer.next(({ type }) => type === 'session.closed')
    expect(closed.payload).toMatchObject({ reason: 'token_expired', resume: true })
    const again = h.dial()
    const resumed = await again.hello({
      ...bearer(await create({ expiresInS: 300 })),
      ...resuming(welcome, 0, {}),
    })
    expect(resumed.session_id).toBe(welcome.session_id)
  })

  it('ends with its token, also where that ended while the machine slept', async () => {
    const clock = new TestClock()
    await using h = delegating({ clock })
    const token = await h.runtime.createDelegationToken('ada', ['*'], { expiresInS: 60 })
    const peer = await h.connect(bearer(token))
    clock.jumpWall(65_000)
    await clock.elapse(1_000)
    const closed = peer.frames.find(({ type }) => type === 'session.closed')
    expect(closed?.payload).toMatchObject({ reason: 'token_expired', resume: true })
  })

  it('tells its scope to observers, and its token to nobody', async () => {
    const seen: unknown[] = []
    await using h = delegating({ observe: { observe: (observation) => void seen.push(observation) } })
    const token = await h.runtime.createDelegationToken('ada', ['*'], { actor: 'worker' })
    await h.connect(bearer(token))
    expect(seen).toContainEqual(
      expect.objectContaining({ type: 'session.opened', scope: { principal: 'ada', chain: ['worker'] } }),
    )
    expect(await refusedFor(h, `${token}=`)).toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(JSON.stringify([seen, h.logged])).not.toContain(token.split('.')[2])
  })
})

describe('a delegation token', () => {
  it('is refused in one way whatever is wrong with it; why is in the log alone', async () => {
    await using h = delegating()
    const { runtime } = h
    const token = await runtime.createDelegationToken('ada', ['*'])
    const elsewhere = await runtime.createDelegationToken('ada', ['*'], { audience: 'other' })
    const refusals = [
      await refusedFor(h, `${token}=`),
      await refusedFor(h, `${token.slice(0, -4)}AAAA`),
      await refusedFor(h, elsewhere),
      await refusedFor(h, 'nonsense'),
    ]
    const message = 'the token was refused'
    expect(new Set(refusals.map((one) => `${one.code}: ${one.message}`))).toEqual(
      new Set([`UNAUTHENTICATED: ${message}`]),
    )
    expect(refusals.map(({ reason }) => reason)).toEqual([
      'a delegation token: it is not in canonical compact form',
      'a delegation token: signature verification failed',
      'a delegation token: unexpected "aud" claim value',
      message,
    ])
  })

  it('never reaches the authenticator, and no other token reaches its verifier', async () => {
    const offered: string[] = []
    const auth: Authenticator = (token) => {
      offered.push(token)
      return { principal: 'anyone' }
    }
    await using h = delegating({ auth })
    const token = await h.runtime.createDelegationToken('ada', ['agent:echo'])
    const [, ...rest] = token.split('.')
    const plain = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url')
    const other = [plain, ...rest].join('.')
    await h.connect(bearer(token))
    for (const changed of [
      `${token}=`,
      ` ${token}`,
      token.replace('.', '=.'),
      `${token}.e30`,
      token.slice(0, -9),
    ]) {
      expect(await refusedFor(h, changed)).toMatchObject({ code: 'UNAUTHENTICATED' })
    }
    expect(offered).toEqual([])
    await h.connect(bearer(other))
    expect(offered).toEqual([other])
  })

  it('cannot be had by way of the authenticator', async () => {
    const auth = (() => ({ principal: 'ada', chain: ['x'], delegation: {} })) as unknown as Authenticator
    const scopes: unknown[] = []
    await using h = delegating({
      auth,
      observe: { observe: (told) => void (told.type === 'session.opened' && scopes.push(told.scope)) },
    })
    await h.connect()
    expect(scopes).toEqual([{ principal: 'ada', chain: [] }])
  })

  it('whose principal cannot be looked up is answered as a failure of the runtime', async () => {
    const secret = new Uint8Array(32)
    const mapPrincipal = () => {
      throw new Error('directory is down')
    }
    const delegation = { trusted: [{ issuer: 'other', algorithm: 'HS256', secret }], mapPrincipal } as const
    await using h = delegating({ delegation })
    const now = Math.floor(Date.now() / 1000)
    const token = await new SignJWT({ scope: '*', act: { sub: 'w' }, iss: 'other', sub: 'ada', jti: '1' })
      .setProtectedHeader({ alg: 'HS256', typ: 'arcp-delegation+jwt' })
      .setIssuedAt(now)
      .setExpirationTime(now + 60)
      .setAudience('test-runtime')
      .sign(secret)
    const error = await refused(h, { ...hello, ...bearer(token) })
    expect(error).toMatchObject({ code: 'INTERNAL_ERROR', message: 'authentication failed', retryable: true })
  })

  it('whose principal is never found out is given up, and is good for another try', async () => {
    const clock = new TestClock()
    const secret = new Uint8Array(32)
    const asked = gate()
    const first = () => {
      asked.open()
      return new Promise<string>(() => {})
    }
    const answers = [first, () => 'ada']
    const mapPrincipal = () => answers.shift()?.()
    const delegation = { trusted: [{ issuer: 'other', algorithm: 'HS256', secret }], mapPrincipal } as const
    await using h = delegating({ delegation, clock, limits: { authenticationMs: 4_000 } })
    const now = clock.now() / 1000
    const token = await new SignJWT({ scope: '*', act: { sub: 'w' }, iss: 'other', sub: 'x', jti: '1' })
      .setProtectedHeader({ alg: 'HS256', typ: 'arcp-delegation+jwt' })
      .setIssuedAt(now)
      .setExpirationTime(now + 60)
      .setAudience('test-runtime')
      .sign(secret)
    const answer = refused(h, { ...hello, ...bearer(token) })
    await asked.promise
    await clock.elapse(4_000)
    expect(await answer).toMatchObject({ code: 'INTERNAL_ERROR', retryable: true })
    await expect(h.connect(bearer(token))).resolves.toBeDefined()
  })
})

describe('a delegation token that has been used (R-AUT-13)', () => {
  it('is refused once its session has been heard, also when that is over', async () => {
    await using h = delegating()
    const token = await h.runtime.createDelegationToken('ada', ['*'])
    const peer = await h.connect(bearer(token))
    await outcome(peer, { agent: 'echo' })
    const refusedAgain = { code: 'UNAUTHENTICATED', message: 'the token was refused', reason: replayed }
    expect(await refusedFor(h, token)).toEqual(refusedAgain)
    peer.request('session.close', {})
    await peer.closed
    expect(await refusedFor(h, token)).toEqual(refusedAgain)
  })

  it('opens another session as long as nothing was heard of the first, which ends with that', async () => {
    const ended: unknown[] = []
    const observe = {
      observe: (told: { readonly type: string; readonly reason?: string }) =>
        void (told.type === 'session.ended' && ended.push(told.reason)),
    }
    await using h = delegating({ observe })
    const token = await h.runtime.createDelegationToken('ada', ['*'])
    const first = h.dial()
    const lost = await first.hello(bearer(token))
    const second = h.dial()
    const welcome = await second.hello(bearer(token))
    expect(welcome.session_id).not.toBe(lost.session_id)
    expect((await first.next(({ type }) => type === 'session.closed')).payload.reason).toBe('taken_over')
    expect(ended).toEqual(['replaced'])
    await outcome(second, { agent: 'echo' })
    expect((await refusedFor(h, token)).reason).toBe(replayed)
    const late = await refused(h, { ...hello, ...resuming(lost, 0, {}) })
    expect(late.code).toBe('RESUME_WINDOW_EXPIRED')
  })

  it('opens another session also when the first, never heard, is forgotten', async () => {
    const clock = new TestClock()
    await using h = delegating({ clock })
    const token = await h.runtime.createDelegationToken('ada', ['*'])
    const first = h.dial()
    await first.hello(bearer(token))
    await first.close(1006)
    await clock.elapse(10_000)
    await expect(h.dial().hello(bearer(token))).resolves.toBeDefined()
  })

  it('is taken again with a valid resume of its session, and with nothing less', async () => {
    await using h = delegating()
    const token = await h.runtime.createDelegationToken('ada', ['*'])
    const peer = h.dial()
    const welcome = await peer.hello(bearer(token))
    await outcome(peer, { agent: 'echo' })
    await peer.close(1006)
    const wrong = { resume: { ...resuming(welcome, 0, {}).resume, resume_token: 'ars_guess' } }
    const unknown = { resume: { ...resuming(welcome, 0, {}).resume, session_id: 'sess_guess' } }
    for (const more of [wrong, unknown]) expect((await refusedFor(h, token, more)).reason).toBe(replayed)
    const again = h.dial()
    expect((await again.hello({ ...bearer(token), ...resuming(welcome, 0, {}) })).session_id).toBe(
      welcome.session_id,
    )
  })

  it('resumes no session but its own', async () => {
    await using h = delegating()
    const create = () => h.runtime.createDelegationToken('ada', ['*'])
    const [one, two] = [await create(), await create()]
    const first = h.dial()
    const welcome = await first.hello(bearer(one))
    await outcome(first, { agent: 'echo' })
    const second = await h.connect(bearer(two))
    await outcome(second, { agent: 'echo' })
    expect((await refusedFor(h, two, resuming(welcome, 0, {}))).reason).toBe(replayed)
  })

  it('stays usable where a resume with it was refused before it was ever used', async () => {
    await using h = delegating()
    const create = () => h.runtime.createDelegationToken('ada', ['*'])
    const peer = h.dial()
    const welcome = await peer.hello(bearer(await create()))
    await outcome(peer, { agent: 'echo' })
    const fresh = await create()
    const wrong = { resume: { ...resuming(welcome, 0, {}).resume, resume_token: 'ars_guess' } }
    expect((await refusedFor(h, fresh, wrong)).code).toBe('RESUME_WINDOW_EXPIRED')
    await expect(h.connect(bearer(fresh))).resolves.toBeDefined()
  })

  it('for the same scope that is fresh takes the session over, and says what it may do from then on', async () => {
    const held = heldAgent()
    await using h = delegating({ agents: [...versions, held.implementation] })
    const first = await h.runtime.createDelegationToken('ada', ['agent:held'])
    const peer = h.dial()
    const welcome = await peer.hello(bearer(first))
    const { job_id } = await submitted(peer, { agent: 'held' })
    await held.started
    const fresh = await h.runtime.createDelegationToken('ada', ['agent:report'])
    const again = h.dial()
    const cursors = { [job_id as string]: { seq: 0, log_epoch: (await epochOf(peer)) as string } }
    const resumed = await again.hello({ ...bearer(fresh), ...resuming(welcome, 0, cursors) })
    expect(resumed.session_id).toBe(welcome.session_id)
    expect(resumed.payload.capabilities).toMatchObject({ agents: [{ name: 'report' }] })
    // Both peers count alike, and a submit of the same id is the same one.
    again.request('session.ping', { nonce: '1' })
    const denied = again.request('job.submit', { agent: 'held' })
    expect((await refusal(again, denied)).code).toBe('PERMISSION_DENIED')
    await submitted(again, { agent: 'report' })
    held.gate.open('done')
    const terminal = await again.next((frame) => frame.type === 'job.completed' && frame.job_id === job_id)
    expect(terminal.payload.result).toBe('done')
    // Both tokens are the session's now, and nobody else's.
    for (const token of [first, fresh]) expect((await refusedFor(h, token)).reason).toBe(replayed)
    await expect(h.dial().hello({ ...bearer(first), ...resuming(resumed, 0, {}) })).resolves.toBeDefined()
  })

  it.each<[string, string, { actor?: string }]>([
    ['another principal', 'bob', {}],
    ['another actor', 'ada', { actor: 'other' }],
  ])('for %s resumes nothing', async (_, principal, more) => {
    await using h = delegating()
    const peer = h.dial()
    const welcome = await peer.hello(bearer(await h.runtime.createDelegationToken('ada', ['*'])))
    await outcome(peer, { agent: 'echo' })
    const foreign = await h.runtime.createDelegationToken(principal, ['*'], more)
    expect((await refusedFor(h, foreign, resuming(welcome, 0, {}))).code).toBe('RESUME_WINDOW_EXPIRED')
    const direct = await refused(h, { ...hello, ...resuming(welcome, 0, {}) })
    expect(direct.code).toBe('RESUME_WINDOW_EXPIRED')
  })

  it('is forgotten when its time is over, and not before; at the bound a further one is refused', async () => {
    const clock = new TestClock()
    const auth = staticTokens({ 'test-token': 'ada' })
    await using h = delegating({
      clock,
      auth,
      limits: { delegationTokens: 3, delegationTokensPerPrincipal: 2 },
    })
    const use = async (principal: string, expiresInS: number) => {
      const token = await h.runtime.createDelegationToken(principal, ['*'], { expiresInS })
      const peer = h.dial()
      await peer.hello(bearer(token))
      peer.request('session.ping', { nonce: '1' })
      await peer.next(({ type }) => type === 'session.pong')
      return token
    }
    const kept = await use('ada', 600)
    await use('ada', 60)
    await expect(use('ada', 60)).rejects.toThrow('INTERNAL_ERROR')
    expect(h.logged.at(-1)?.fields?.reason).toContain('delegation_tokens_per_principal')
    await use('bob', 60)
    await expect(use('eve', 60)).rejects.toThrow('INTERNAL_ERROR')
    await clock.elapse(66_000)
    await use('ada', 60)
    await use('eve', 60)
    expect((await refusedFor(h, kept)).reason).toBe(replayed)
  })

  it('is remembered where the wall clock is set ahead and back again', async () => {
    const clock = new TestClock()
    await using h = delegating({ clock })
    const create = () => h.runtime.createDelegationToken('ada', ['*'])
    const token = await create()
    const peer = await h.connect(bearer(token))
    peer.request('session.ping', { nonce: '1' })
    await peer.next(({ type }) => type === 'session.pong')
    clock.jumpWall(3_600_000)
    await clock.elapse(1_000)
    await h.connect(bearer(await create()))
    clock.jumpWall(-3_600_000)
    expect((await refusedFor(h, token)).reason).toBe(replayed)
  })
})

async function epochOf(peer: Awaited<ReturnType<Harness['connect']>>): Promise<unknown> {
  return peer.frames.find(({ type }) => type === 'job.accepted')?.payload.log_epoch
}
