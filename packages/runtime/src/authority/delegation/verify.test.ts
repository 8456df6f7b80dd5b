import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { seededRandom, TestClock } from '@arcp/testkit'
import { exportJWK, type JSONWebKeySet, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { RefusedToken } from '../../auth/refused-token'
import { isDelegationToken } from './compact'
import { type DelegationTokens, delegationTokens } from './delegation-tokens'
import type { DelegationKey, DelegationOptions } from './options'

const random = seededRandom('delegation')
const limits = { delegationTokenSize: 8192, delegationHops: 8, currencies: 3, leasePatterns: 6 }
const secret = random(32)
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed = generateKeyPairSync('ed25519')
const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString()

const keys: Record<string, DelegationKey> = {
  HS256: { algorithm: 'HS256', secret },
  ES256: { algorithm: 'ES256', privateKey: pem(ec.privateKey) },
  EdDSA: { algorithm: 'EdDSA', privateKey: pem(ed.privateKey) },
}

function tokensOf(
  options: DelegationOptions = {},
  clock = new TestClock(),
  name = 'alpha',
): DelegationTokens {
  return delegationTokens({ name, options, clock, random, limits })
}

/** What a token has been refused for. */
async function reasonOf(verifying: Promise<unknown>): Promise<string> {
  const error: unknown = await verifying.then(
    () => 'taken',
    (cause: unknown) => cause,
  )
  expect(error).toBeInstanceOf(RefusedToken)
  const { code, message, reason } = error as RefusedToken
  expect({ code, message }).toEqual({ code: 'UNAUTHENTICATED', message: 'the token was refused' })
  return reason
}

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('a delegation token', () => {
  const clock = new TestClock()
  const now = clock.now() / 1000
  const header = { alg: 'HS256', typ: 'arcp-delegation+jwt' }
  const claims = {
    iss: 'alpha',
    aud: 'alpha',
    sub: 'ada',
    act: { sub: 'alpha' },
    iat: now,
    exp: now + 300,
    jti: 'one',
    scope: 'agent:report',
  }
  const { verifier } = tokensOf({ key: keys.HS256 as DelegationKey }, clock)

  /** Signs whatever it is, with the right secret. */
  function signed(
    changed: Record<string, unknown> = {},
    changedHeader: Record<string, unknown> = {},
    key: Uint8Array | KeyObject = secret,
  ): Promise<string> {
    return new SignJWT({ ...claims, ...changed })
      .setProtectedHeader({ ...header, ...changedHeader } as { alg: string })
      .sign(key, { crit: { 'x-any': true } })
  }

  it('names its principal, who acts, and for which agents', async () => {
    const delegation = await verifier.verify(await signed({ arcp_parent_job: 'job_1' }))
    expect(delegation).toMatchObject({
      scope: { principal: 'ada', chain: ['alpha'] },
      mandate: { parentJobId: 'job_1' },
      singleUse: { key: '["alpha","one"]', until: (now + 305) * 1000 },
    })
    const { agents } = delegation.mandate
    expect(agents.includes('report@1.0.0')).toBe(true)
    expect(agents.includes('other@1.0.0')).toBe(false)
  })

  it('bounds the leases of its jobs, and when they end', async () => {
    const lease = { 'fs.read': ['docs/**'], 'tool.call': ['git.*'] }
    const boundsOf = async (lease_constraints?: object, more: object = {}) => {
      const bound = leased({ ...lease, ...more }, lease_constraints)
      const { mandate } = await verifier.verify(await signed(bound))
      return mandate.leaseBounds
    }
    expect(await boundsOf()).toEqual({ lease, endsAt: undefined })
    const { mandate } = await verifier.verify(await signed({ arcp_lease: { lease, links: false } }))
    expect(mandate.leaseBounds).toEqual({ lease, links: false, endsAt: undefined })
    expect(await boundsOf({ expires_in_s: 60 })).toEqual({ lease, endsAt: (now + 60) * 1000 })
    const expires_at = '2026-01-01T00:01:00Z'
    expect(await boundsOf({ expires_at, expires_in_s: 90 })).toEqual({ lease, endsAt: (now + 60) * 1000 })
    const budget = await boundsOf({}, { 'cost.budget': ['A:1', 'B:0.5', 'C:0', 'A:2'] })
    expect([...(budget?.budget?.counters ?? [])].map(([name, { granted }]) => [name, granted])).toEqual([
      ['A', 3_000_000_000_000n],
      ['B', 500_000_000_000n],
      ['C', 0n],
    ])
    expect((await verifier.verify(await signed())).mandate.leaseBounds).toBeUndefined()
  })

  it('lists actors from the first to the current one, which stands outermost (RFC 8693 §4.1)', async () => {
    const act = { sub: 'third', act: { sub: 'second', iss: 'beta', act: { sub: 'first' } } }
    expect((await verifier.verify(await signed({ act }))).scope.chain).toEqual([
      'first',
      'beta|second',
      'third',
    ])
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['of an issuer nobody trusts (RFC 8725 §3.8)', { iss: 'beta' }, 'its issuer is not trusted'],
    ['without an issuer', { iss: undefined }, 'its issuer is not trusted'],
    ['for somebody else (RFC 8725 §3.9)', { aud: 'beta' }, 'unexpected "aud" claim value'],
    ['for nobody', { aud: undefined }, 'missing required "aud" claim'],
    ['whose time is over', { exp: now - 5 }, '"exp" claim timestamp check failed'],
    ['without an end', { exp: undefined }, 'missing required "exp" claim'],
    ['with an end that is no number', { exp: 'later' }, '"exp" claim must be a number'],
    ['beyond all dates', { exp: 1e300 }, 'exp must be a time in seconds'],
    ['that is not valid yet', { nbf: now + 6 }, '"nbf" claim timestamp check failed'],
    ['with a beginning that is no number', { nbf: true }, '"nbf" claim must be a number'],
    ['made in the future', { iat: now + 6 }, 'it was made in the future'],
    ['that says not when it was made', { iat: undefined }, 'missing required "iat" claim'],
    ['made before time began', { iat: -1 }, 'iat must be a time in seconds'],
    ['without a subject', { sub: undefined }, 'missing required "sub" claim'],
    ['with an empty subject', { sub: '' }, 'sub must be a text that is not empty'],
    ['with a subject beyond measure', { sub: 'a'.repeat(257) }, 'sub must have at most 256 characters'],
    ['without an id', { jti: undefined }, 'missing required "jti" claim'],
    ['with an id that is no text', { jti: 7 }, 'jti must be a text that is not empty'],
    ['without an actor (RFC 8693 §4.1)', { act: undefined }, 'act is missing'],
    ['with an actor that is none', { act: 'beta' }, 'act must be an object'],
    ['with an actor without a name', { act: {} }, 'act.sub must be a text that is not empty'],
    ['with a null behind its actor', { act: { sub: 'a', act: null } }, 'act must be an object'],
    ['without a scope', { scope: undefined }, 'scope must name agents'],
    ['with an empty scope', { scope: '' }, 'scope must name agents'],
    ['with a scope of a kind there is not', { scope: 'agent:report fs.read:/' }, 'scope must name agents'],
    ['with a list for a scope', { scope: ['agent:report'] }, 'scope must name agents'],
    ['with too many scopes', { scope: 'agent:a '.repeat(101).trim() }, 'scope must name agents'],
    ['with no hop', { arcp_max_hops: 0 }, 'arcp_max_hops must be an integer'],
    ['with half a hop', { arcp_max_hops: 1.5 }, 'arcp_max_hops must be an integer'],
    ['with too many hops for itself', { arcp_max_hops: 1, act: nested(2) }, 'it has too many hops'],
    ['with too many hops for the runtime', { arcp_max_hops: 99, act: nested(9) }, 'it has too many hops'],
    ['with a parent that is no text', { arcp_parent_job: {} }, 'arcp_parent_job must be a text'],
    ['with a lease that is none', { arcp_lease: 'all' }, 'arcp_lease must be an object'],
    ['with a lease of null', { arcp_lease: null }, 'arcp_lease must be an object'],
    ['with a lease left out', { arcp_lease: {} }, 'arcp_lease.lease: expected an object'],
    ['with a namespace there is not', leased({ 'fs.all': ['**'] }), 'arcp_lease.lease'],
    ['with a pattern that is none', leased({ 'fs.read': [7] }), 'arcp_lease.lease'],
    ['with a URL that is none', leased({ 'net.fetch': ['//'] }), 'arcp_lease.lease'],
    ['with a path that is none', leased({ 'fs.read': ['a', '*/../x'] }), 'arcp_lease.lease["fs.read"][1]'],
    ['with __proto__ for a namespace', leased(JSON.parse('{"__proto__":[]}')), 'arcp_lease.lease'],
    ['with a budget that is none', leased({ 'cost.budget': ['USD:-1'] }), 'arcp_lease.lease'],
    ['with a budget beyond measure', leased({ 'cost.budget': ['USD:1e9'] }), 'arcp_lease.lease'],
    [
      'with a currency too many',
      leased({ 'cost.budget': ['A:1', 'B:1', 'C:1', 'D:1'] }),
      'at most 3 currencies',
    ],
    [
      'with a pattern too many',
      leased({ 'tool.call': ['a', 'b', 'c'], 'model.use': ['a', 'b', 'c', 'd'] }),
      'at most 6 patterns',
    ],
    ['with more about its lease', { arcp_lease: { lease: {}, pool: 1 } }, 'arcp_lease has an unknown field'],
    ['that says of links what there is not', { arcp_lease: { lease: {}, links: 0 } }, 'arcp_lease.links'],
    ['with a lease that ended before', leased({}, { expires_at: '2025-12-31T23:59:59Z' }), 'expires_at'],
    [
      'with a lease that ends not in UTC',
      leased({}, { expires_at: '2026-02-01T00:00:00+01:00' }),
      'expires_at',
    ],
    ['with a lease for no time', leased({}, { expires_in_s: 0 }), 'expires_in_s'],
    ['that restricts what nobody knows of', { arcp_new: 1 }, 'arcp_new is not supported'],
    ['that is too large', { more: 'x'.repeat(8192) }, 'it is too large'],
  ])('%s is refused', async (_, changed, reason) => {
    expect(await reasonOf(verifier.verify(await signed(changed)))).toContain(reason)
  })

  it('holds at each limit', async () => {
    for (const changed of [
      { exp: now - 4 },
      { nbf: now + 5, iat: now + 5 },
      { act: nested(8) },
      { act: nested(2), arcp_max_hops: 2 },
      { scope: 'agent:a '.repeat(100).trim() },
      { aud: ['beta', 'alpha'] },
      { sub: 'a'.repeat(256) },
      leased({ 'tool.call': ['a', 'b', 'c'], 'cost.budget': ['A:1', 'B:1', 'C:1'] }),
    ]) {
      await expect(verifier.verify(await signed(changed))).resolves.toBeDefined()
    }
    const free = limits.delegationTokenSize - (await signed({ pad: '' })).length
    const full = await signed({ pad: 'x'.repeat(Math.floor((free * 3) / 4)) })
    expect(full.length).toBeGreaterThan(limits.delegationTokenSize - 4)
    await expect(verifier.verify(full)).resolves.toBeDefined()
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['of another type (RFC 8725 §3.11)', { typ: 'JWT' }, 'unexpected "typ" JWT header value'],
    ['without a type', { typ: undefined }, 'unexpected "typ" JWT header value'],
    ['with a key of its own', { jwk: { kty: 'oct', k: 'AAAA' } }, 'its header has jwk'],
    ['that says where its keys are (RFC 8725 §3.10)', { jku: 'https://evil.example' }, 'its header has jku'],
    ['with a certificate', { x5c: ['MIIB'] }, 'its header has x5c'],
    ['that says where its certificate is', { x5u: 'https://evil.example' }, 'its header has x5u'],
    ['with what must be understood', { crit: ['x-any'], 'x-any': 1 }, 'its header has crit'],
    ['that is compressed (RFC 8725 §3.6)', { zip: 'DEF' }, 'its header has zip'],
  ])('%s is refused', async (_, changed, reason) => {
    expect(await reasonOf(verifier.verify(await signed({}, changed)))).toContain(reason)
  })

  it('passes over headers that say nothing of keys', async () => {
    await expect(
      verifier.verify(await signed({}, { kid: 'any', cty: 'x', typ: 'application/ARCP-delegation+jwt' })),
    ).resolves.toBeDefined()
  })

  it.each(['none', 'None', 'NONE', 'nOnE'])(
    'without a signature, by the algorithm %s, is refused',
    async (alg) => {
      const unsigned = `${encoded({ ...header, alg })}.${encoded(claims)}`
      expect(await reasonOf(verifier.verify(`${unsigned}.`))).toContain('canonical')
      expect(await reasonOf(verifier.verify(`${unsigned}.AA`))).toContain('"alg"')
    },
  )

  it('by another algorithm of the same key is refused (RFC 8725 §3.1)', async () => {
    const longer = await signed({}, { alg: 'HS512' }, random(64))
    expect(await reasonOf(verifier.verify(longer))).toContain('"alg"')
  })

  it('signed with a public key as if it were a secret is refused (RFC 8725 §2.1)', async () => {
    const asymmetric = tokensOf({ key: keys.ES256 as DelegationKey }, clock)
    const spki = ec.publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const der = ec.publicKey.export({ type: 'spki', format: 'der' })
    const jwk = JSON.stringify((await asymmetric.keys()).keys[0])
    for (const guess of [Buffer.from(spki), Buffer.from(spki.trim()), der, Buffer.from(jwk)]) {
      const confused = await signed({}, {}, guess)
      expect(await reasonOf(asymmetric.verifier.verify(confused))).toContain('"alg"')
    }
  })

  it('signed with a secret that is not the one is refused', async () => {
    expect(await reasonOf(verifier.verify(await signed({}, {}, random(32))))).toContain('signature')
  })

  it.each<[string, (token: string) => string]>([
    ['with padding', (token) => `${token}=`],
    ['with padding in the middle', (token) => token.replace('.', '=.')],
    ['with white space', (token) => `${token}\n`],
    ['with stray characters', (token) => token.replace('.', '!.')],
    ['in the other base64', (token) => token.replace(/[-_]/, (one) => (one === '-' ? '+' : '/'))],
    ['of two segments', (token) => token.replace(/\.[^.]*$/, '')],
    ['of four segments', (token) => `${token}.e30`],
    ['of five segments', (token) => `${token}.e30.e30`],
    ['with an empty segment', (token) => token.replace(/\..*\./, '..')],
    ['with bits beyond its bytes', (token) => lastBitChanged(token)],
  ])('%s is refused before a library sees it', async (_, changed) => {
    const { verifier: signing } = tokensOf({ key: keys.EdDSA as DelegationKey }, clock)
    for (const [by, token] of [
      [verifier, await signed()],
      [signing, await signed({}, { alg: 'EdDSA' }, ed.privateKey)],
    ] as const) {
      // One in two hundred signatures has no character that the other base64 writes in another way.
      if (changed(token) !== token) expect(await reasonOf(by.verify(changed(token)))).toContain('canonical')
    }
  })

  it('that is no JSON object in UTF-8 is refused (RFC 8725 §3.7)', async () => {
    for (const payload of [Buffer.from('[]'), Buffer.from('null'), Buffer.from('{'), Buffer.from([0xff])]) {
      const token = `${encoded(header)}.${payload.toString('base64url')}.AAAA`
      expect(await reasonOf(verifier.verify(token))).toContain('canonical')
    }
  })

  it.each(Object.entries(keys))('signed by %s is refused with any bit of it changed', async (_, key) => {
    const tokens = tokensOf({ key }, clock)
    const token = await tokens.create('ada', ['agent:report'])
    const segments = token.split('.').map((segment) => Buffer.from(segment, 'base64url'))
    const taken: string[] = []
    let changes = 0
    for (const [index, bytes] of segments.entries()) {
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const changed = Buffer.from(bytes)
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        const parts = segments.map((segment, i) => (i === index ? changed : segment).toString('base64url'))
        changes++
        await tokens.verifier.verify(parts.join('.')).then(
          () => taken.push(`${index}:${bit}`),
          (error: unknown) => expect(error).toBeInstanceOf(RefusedToken),
        )
      }
    }
    expect(taken).toEqual([])
    expect(changes).toBeGreaterThan(1500)
    await expect(tokens.verifier.verify(token)).resolves.toBeDefined()
  })
})

describe('delegation across runtimes', () => {
  it.each(['ES256', 'EdDSA'] as const)(
    'works by keys that are published, fetched once: %s',
    async (algorithm) => {
      const alpha = tokensOf({ key: keys[algorithm] as DelegationKey })
      let fetched = 0
      const server = createServer(async (_, response) => {
        fetched++
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify(await alpha.keys()))
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`)
      const trusting = (more: DelegationOptions = {}) =>
        tokensOf({ trusted: [{ issuer: 'alpha', algorithm, keys: url }], ...more }, new TestClock(), 'beta')
      const beta = trusting()
      const make = (principal = 'ada') => alpha.create(principal, ['agent:report'], { audience: 'beta' })
      const { scope } = await beta.verifier.verify(await make())
      expect(scope).toEqual({ principal: 'alpha|ada', chain: ['alpha|alpha'] })
      await expect(beta.verifier.verify(await make())).resolves.toBeDefined()
      expect(fetched).toBe(1)
      expect(await reasonOf(beta.verifier.verify(await alpha.create('ada', ['*'])))).toContain('"aud"')

      const mapped = trusting({
        mapPrincipal: async (sub, iss) => (iss === 'alpha' && sub === 'ada' ? 'eva' : undefined),
      })
      expect((await mapped.verifier.verify(await make())).scope.principal).toBe('eva')
      expect(await reasonOf(mapped.verifier.verify(await make('bob')))).toContain(
        'its subject is nobody here',
      )
      server.close()
      server.closeAllConnections()
      const error: unknown = await trusting()
        .verifier.verify(await make())
        .catch((cause: unknown) => cause)
      expect(error).toBeInstanceOf(Error)
      expect(error).not.toBeInstanceOf(RefusedToken)
    },
  )

  it('publishes nothing that is private, and no secret', async () => {
    expect(await tokensOf().keys()).toEqual({ keys: [] })
    const { keys: published } = await tokensOf({ key: keys.EdDSA as DelegationKey }).keys()
    const { x } = await exportJWK(ed.publicKey)
    const kid = expect.stringMatching(/^[\w-]{43}$/)
    expect(published).toEqual([{ kty: 'OKP', crv: 'Ed25519', x, alg: 'EdDSA', use: 'sig', kid }])
  })

  it('takes a private key as a JWK too', async () => {
    const privateKey = await exportJWK(ec.privateKey)
    const alpha = tokensOf({ key: { algorithm: 'ES256', privateKey } })
    await expect(alpha.verifier.verify(await alpha.create('ada', ['*']))).resolves.toBeDefined()
  })

  it('works by a secret that both have', async () => {
    const alpha = tokensOf({ key: { algorithm: 'HS256', secret } })
    const trusted = [{ issuer: 'alpha', algorithm: 'HS256', secret }] as const
    const beta = tokensOf({ trusted, audience: 'https://beta.example' }, new TestClock(), 'beta')
    const token = await alpha.create('ada', ['*'], { audience: 'https://beta.example', actor: 'worker' })
    expect((await beta.verifier.verify(token)).scope).toEqual({
      principal: 'alpha|ada',
      chain: ['alpha|worker'],
    })
    expect(await reasonOf(alpha.verifier.verify(token))).toContain('"aud"')
  })

  it('takes nobody for another issuer than the one whose key it is (RFC 8725 §3.8)', async () => {
    const gamma = tokensOf({ key: { algorithm: 'HS256', secret: random(32) }, issuer: 'alpha' })
    const trusted = [
      { issuer: 'alpha', algorithm: 'HS256', secret },
      { issuer: 'gamma', algorithm: 'HS256', secret: random(32) },
    ] as const
    const beta = tokensOf({ trusted }, new TestClock(), 'beta')
    const forged = await gamma.create('ada', ['*'], { audience: 'beta' })
    expect(await reasonOf(beta.verifier.verify(forged))).toContain('signature')
  })

  it.each<[string, DelegationOptions]>([
    ['a secret that is too short', { key: { algorithm: 'HS256', secret: random(31) } }],
    ['a key of another algorithm', { key: { algorithm: 'ES256', privateKey: pem(ed.privateKey) } }],
    ['a key on another curve', { key: { algorithm: 'ES256', privateKey: pem(p384()) } }],
    ['what is no key', { key: { algorithm: 'EdDSA', privateKey: 'nonsense' } }],
    [
      'a public key to sign with',
      { key: { algorithm: 'EdDSA', privateKey: ed.publicKey.export({ format: 'jwk' }) } },
    ],
    ['an empty issuer', { issuer: '' }],
    ['an empty audience', { audience: '' }],
    ['itself as somebody else', { trusted: [{ issuer: 'alpha', algorithm: 'HS256', secret }] }],
    [
      'keys fetched in the clear',
      { trusted: [{ issuer: 'b', algorithm: 'ES256', keys: new URL('http://b.example') }] },
    ],
    ['keys that are none', { trusted: [{ issuer: 'b', algorithm: 'ES256', keys: {} as JSONWebKeySet }] }],
    ['another algorithm', { trusted: [{ issuer: 'b', algorithm: 'RS256' as 'ES256', keys: { keys: [] } }] }],
  ])('refuses %s from the start', (_, options) => {
    expect(() => tokensOf(options)).toThrow(TypeError)
  })
})

describe('creating a delegation token', () => {
  it('works with two arguments, for the runtime itself, for five minutes, the runtime acting', async () => {
    const clock = new TestClock()
    const alpha = tokensOf(undefined, clock)
    const token = await alpha.create('ada', ['agent:report', 'agent:other@1.0.0'])
    const [header, payload] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString())
    expect(JSON.parse(header ?? '')).toEqual({ alg: 'HS256', typ: 'arcp-delegation+jwt' })
    const now = clock.now() / 1000
    expect(JSON.parse(payload ?? '')).toEqual({
      iss: 'alpha',
      aud: 'alpha',
      sub: 'ada',
      act: { sub: 'alpha' },
      iat: now,
      exp: now + 300,
      jti: expect.stringMatching(/^dt_[0-9A-Z]{26}$/),
      scope: 'agent:report agent:other@1.0.0',
    })
    await expect(alpha.verifier.verify(token)).resolves.toBeDefined()
  })

  it('says whatever else it is told', async () => {
    const alpha = tokensOf({ key: keys.ES256 as DelegationKey })
    const leaseExpiresAt = new Date(Date.UTC(2026, 0, 1, 1))
    const leasing = { lease: { 'tool.call': ['*'] }, leaseExpiresAt }
    const acting = { actor: 'worker', maxHops: 2, parentJobId: 'job_1' }
    const more = { ...acting, ...leasing, expiresInS: 0.5, audience: 'beta' }
    const [, payload] = (await alpha.create('ada', ['*'], more)).split('.')
    const said = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString())
    expect(said).toMatchObject({
      act: { sub: 'worker' },
      arcp_max_hops: 2,
      arcp_parent_job: 'job_1',
      arcp_lease: {
        lease: { 'tool.call': ['*'] },
        lease_constraints: { expires_at: '2026-01-01T01:00:00.000Z' },
      },
      aud: 'beta',
    })
    expect(said.exp - said.iat).toBe(1)
  })

  it('refuses what no token may say', async () => {
    const { create } = tokensOf()
    for (const making of [
      create('', ['*']),
      create('ada', []),
      create('ada', ['report']),
      create('ada', ['agent:Report']),
      create('ada', ['*'], { expiresInS: 0 }),
      create('ada', ['*'], { expiresInS: Number.NaN }),
      create('ada', ['*'], { expiresInS: Number.POSITIVE_INFINITY }),
      create('ada', ['*'], { actor: '' }),
      create('ada', ['*'], { audience: '' }),
      create('ada', ['*'], { maxHops: 0 }),
      create('ada', ['*'], { parentJobId: '' }),
      create('ada', ['*'], { lease: { 'cost.budget': ['USD'] } }),
      create('ada', ['*'], { lease: { nonsense: [] } }),
      create('ada', ['*'], { lease: {}, leaseExpiresAt: 'tomorrow' }),
      create('ada', ['*'], { lease: {}, leaseExpiresAt: new Date(0) }),
      create('ada', ['*'], { leaseExpiresAt: new Date(4e12) }),
      create('ada', ['*'], { lease: {}, leaseExpiresAt: new Date(Number.NaN) }),
      create('ada', ['*'], { lease: {}, leaseExpiresAt: 4e12 as never }),
      create('ada', ['*'], { expiresInS: '300' as never }),
      create('ada', Array(100).fill(`agent:${'a'.repeat(100)}`)),
    ]) {
      await expect(making).rejects.toThrow(TypeError)
    }
    const misspelt: object = { leese: {} }
    await expect(create('ada', ['*'], misspelt)).rejects.toThrow(new TypeError('there is no option leese'))
  })
})

describe('telling delegation tokens from others', () => {
  it('goes by what the header says, however it is written', () => {
    const token = (typ: unknown) => `${encoded({ alg: 'none', typ })}.e30.`
    for (const typ of ['arcp-delegation+jwt', 'ARCP-Delegation+JWT', 'application/arcp-delegation+jwt']) {
      expect(isDelegationToken(token(typ))).toBe(true)
      expect(isDelegationToken(` ${token(typ).replace('.', '=.')}`)).toBe(true)
    }
    for (const other of [
      token('JWT'),
      token(7),
      token(undefined),
      'demo-token',
      '',
      '.',
      'a.b.c',
      'bnVsbA.x.y',
    ]) {
      expect(isDelegationToken(other)).toBe(false)
    }
  })
})

function leased(lease: object, lease_constraints: object = {}): Record<string, unknown> {
  return { arcp_lease: { lease, lease_constraints } }
}

function nested(hops: number): Record<string, unknown> {
  return hops === 1 ? { sub: 'a' } : { sub: 'a', act: nested(hops - 1) }
}

/** The last character of what 32 or 64 bytes are written as says less than six bits. */
function lastBitChanged(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1) ?? '') ^ 1]
}

function p384(): KeyObject {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  expect(createPublicKey(privateKey).asymmetricKeyDetails?.namedCurve).toBe('secp384r1')
  return privateKey
}
