import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gate, seededRandom, TestClock } from '@arcp/testkit'
import { exportJWK, type JSONWebKeySet, type JWK, SignJWT } from 'jose'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { RefusedToken } from '../../auth/refused-token'
import { delegationTokens } from './delegation-tokens'

const clock = new TestClock()
const now = clock.now() / 1000
const random = seededRandom('published')
const limits = { delegationTokenSize: 8192, delegationHops: 8, currencies: 16, leasePatterns: 1_000 }

afterEach(() => void vi.useRealTimers())

/** A key of an issuer, as it is published, and tokens by it. */
async function keyOf(kid: string) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  let made = 0
  return {
    published: { ...(await exportJWK(publicKey)), alg: 'EdDSA', use: 'sig', kid } as JWK,
    token: (header: object = { kid }) =>
      new SignJWT({ sub: 'ada', act: { sub: 'w' }, scope: '*', jti: `${kid}-${++made}` })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'arcp-delegation+jwt', ...header })
        .setIssuer('beta')
        .setAudience('alpha')
        .setIssuedAt(now)
        .setExpirationTime(now + 60)
        .sign(privateKey),
  }
}

/** A runtime that trusts whose keys are published as `answer` says. */
async function trusting(answer: (response: ServerResponse, url: string | undefined) => void) {
  let fetched = 0
  const server = createServer(({ url }, response) => {
    fetched++
    answer(response, url)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const keys = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`)
  const trusted = [{ issuer: 'beta', algorithm: 'EdDSA', keys }] as const
  const { verifier } = delegationTokens({ name: 'alpha', options: { trusted }, clock, random, limits })
  return {
    /** `taken`, `refused`, or `failed` where the token is not to blame. */
    async outcome(token: string) {
      const error: unknown = await verifier.verify(token).then(
        () => undefined,
        (cause: unknown) => cause,
      )
      if (error === undefined) return 'taken'
      return error instanceof RefusedToken ? 'refused' : 'failed'
    },
    fetched: () => fetched,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

const answering = (set: () => JSONWebKeySet) => (response: ServerResponse) => {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(set()))
}

describe('keys that are published', () => {
  it('are asked for once, however many tokens name a key that is not among them', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const [key, stranger] = [await keyOf('one'), await keyOf('other')]
    await using world = await trusting(answering(() => ({ keys: [key.published] })))
    expect(await world.outcome(await key.token())).toBe('taken')
    const flood = Array.from({ length: 50 }, async (_, i) => {
      return world.outcome(await stranger.token({ kid: `guess-${i}` }))
    })
    expect(new Set(await Promise.all(flood))).toEqual(new Set(['refused']))
    expect(await world.outcome(await stranger.token({ kid: 'one' }))).toBe('refused')
    expect(await world.outcome(await key.token())).toBe('taken')
    expect(world.fetched()).toBe(1)
  })

  it('may change: a new one counts within half a minute, an old one as long as it is published', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const [old, fresh] = [await keyOf('old'), await keyOf('new')]
    let published = [old.published]
    await using world = await trusting(answering(() => ({ keys: published })))
    expect(await world.outcome(await old.token())).toBe('taken')
    published = [old.published, fresh.published]
    vi.setSystemTime(Date.now() + 30_001)
    expect(await world.outcome(await fresh.token())).toBe('taken')
    expect(await world.outcome(await old.token())).toBe('taken')
    published = [fresh.published]
    vi.setSystemTime(Date.now() + 600_001)
    expect(await world.outcome(await old.token())).toBe('refused')
    expect(await world.outcome(await fresh.token())).toBe('taken')
    expect(world.fetched()).toBe(3)
  })

  it('are asked for once where many tokens come at a time', async () => {
    const key = await keyOf('one')
    const asked = gate<ServerResponse>()
    await using world = await trusting(asked.open)
    const tokens = await Promise.all([1, 2, 3, 4].map(() => key.token()))
    const outcomes = tokens.map((token) => world.outcome(token))
    answering(() => ({ keys: [key.published] }))(await asked.promise)
    expect(await Promise.all(outcomes)).toEqual(['taken', 'taken', 'taken', 'taken'])
    expect(world.fetched()).toBe(1)
  })

  it.each<[string, (response: ServerResponse, set: JSONWebKeySet) => void]>([
    ['come with an error', (response, set) => response.writeHead(500).end(JSON.stringify(set))],
    ['are somewhere else', (response) => response.writeHead(302, { location: '/elsewhere' }).end()],
    ['are no JSON', (response) => response.end('<html>')],
    ['are no set', (response) => response.end('{"keys":7}')],
    ['are nothing', (response) => response.end()],
    [
      'are beyond measure',
      (response, set) => response.end(JSON.stringify({ ...set, more: 'x'.repeat(262_144) })),
    ],
    [
      'break off',
      (response) =>
        void response.writeHead(200, { 'content-length': 99 }).write('{', () => response.destroy()),
    ],
  ])('fail the verification where they %s, and blame no token', async (_, answer) => {
    const key = await keyOf('one')
    const set = { keys: [key.published] }
    let isBroken = true
    await using world = await trusting((response, url) => {
      if (isBroken && url === '/keys') answer(response, set)
      else answering(() => set)(response)
    })
    expect(await world.outcome(await key.token())).toBe('failed')
    // The next one asks again.
    isBroken = false
    expect(await world.outcome(await key.token())).toBe('taken')
    expect(world.fetched()).toBe(2)
  })

  it('are waited for no longer than 3 seconds', async () => {
    const over = new AbortController()
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(over.signal)
    const key = await keyOf('one')
    const asked = gate<ServerResponse>()
    await using world = await trusting(
      (response) => void response.write('{"keys":', () => asked.open(response)),
    )
    const outcome = world.outcome(await key.token())
    await asked.promise
    over.abort(new DOMException('over', 'TimeoutError'))
    expect(await outcome).toBe('failed')
    expect(timeout.mock.calls).toEqual([[3_000]])
    timeout.mockRestore()
  })

  it.each<[string, (key: JWK) => JWK]>([
    ['of another kind', () => ({ kty: 'oct', k: 'AAAA', kid: 'one', alg: 'HS256' })],
    ['for another algorithm', (key) => ({ ...key, alg: 'ES256' })],
    ['to encrypt with', (key) => ({ ...key, use: 'enc' })],
    ['for something else than verifying', (key) => ({ ...key, key_ops: ['sign'] })],
    ['of another name', (key) => ({ ...key, kid: 'other' })],
    ['on another curve', (key) => ({ ...key, crv: 'X25519' })],
  ])('verify nothing where they are %s', async (_, changed) => {
    const key = await keyOf('one')
    await using world = await trusting(answering(() => ({ keys: [changed(key.published)] })))
    expect(await world.outcome(await key.token())).toBe('refused')
  })

  it('are told apart where a token names none, as long as there is one alone', async () => {
    const [one, other] = [await keyOf('one'), await keyOf('other')]
    let keys = [one.published]
    await using alone = await trusting(answering(() => ({ keys })))
    expect(await alone.outcome(await one.token({}))).toBe('taken')
    keys = [one.published, other.published]
    await using both = await trusting(answering(() => ({ keys })))
    expect(await both.outcome(await one.token({}))).toBe('refused')
  })
})
