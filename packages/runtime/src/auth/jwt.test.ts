import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { UnauthenticatedError } from '@arcp/protocol'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { harness } from '../testing/harness'
import { jwt } from './jwt'

const peer = { transport: 'memory' }
const issuer = 'https://issuer.example'
const audience = 'arcp'

async function issuerOfTokens(alg = 'ES256') {
  const { publicKey, privateKey } = await generateKeyPair(alg)
  const key: JWK = { ...(await exportJWK(publicKey)), kid: 'k1', alg }
  const sign = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) =>
    new SignJWT({
      sub: 'ada',
      iss: issuer,
      aud: audience,
      exp: Math.floor(Date.now() / 1000) + 60,
      ...claims,
    })
      .setProtectedHeader({ alg, kid: 'k1', ...header })
      .sign(privateKey)
  return { keys: { keys: [key] }, sign }
}

describe('jwt', () => {
  it('names the principal, its claims and when the token ends', async () => {
    const { keys, sign } = await issuerOfTokens()
    const verify = jwt({ keys, issuer, audience, algorithms: ['ES256'], toleranceSec: 0 })
    const exp = Math.floor(Date.now() / 1000) + 100
    expect(await verify(await sign({ exp, team: 'x' }), peer)).toMatchObject({
      principal: 'ada',
      claims: { team: 'x' },
      expiresAt: exp * 1000,
    })
  })

  it.each([
    ['another issuer', { iss: 'https://other.example' }, {}, '"iss"'],
    ['another audience', { aud: 'other' }, {}, '"aud"'],
    ['an expired token', { exp: 1 }, {}, '"exp"'],
    ['a token without an end', { exp: undefined }, {}, '"exp"'],
    ['a token that is not valid yet', { nbf: 99_999_999_999 }, {}, '"nbf"'],
    ['no principal', { sub: '' }, {}, '"sub"'],
    ['a delegation token', {}, { typ: 'arcp-delegation+jwt' }, 'delegation'],
    ['an unknown key', {}, { kid: 'k2' }, 'key'],
  ])('refuses %s, and says so', async (_, claims, header, why) => {
    const { keys, sign } = await issuerOfTokens()
    const verify = jwt({ keys, issuer, audience, algorithms: ['ES256'] })
    const error: unknown = await Promise.resolve(verify(await sign(claims, header), peer)).catch((e) => e)
    expect(error).toBeInstanceOf(UnauthenticatedError)
    expect((error as Error).message).toContain(why)
  })

  it('tells apart what several issuers call the same', async () => {
    const { keys, sign } = await issuerOfTokens()
    const other = 'https://other.example'
    const verify = jwt({ keys, issuer: [issuer, other], audience, algorithms: ['ES256'] })
    expect(await verify(await sign(), peer)).toMatchObject({ principal: `${issuer}|ada` })
    expect(await verify(await sign({ iss: other }), peer)).toMatchObject({ principal: `${other}|ada` })
  })

  it('refuses an algorithm that is not configured, whatever the header says', async () => {
    const { keys, sign } = await issuerOfTokens('ES256')
    const verify = jwt({ keys, issuer, audience, algorithms: ['EdDSA'] })
    await expect(verify(await sign(), peer)).rejects.toThrow(UnauthenticatedError)
    await expect(verify('not.a.token', peer)).rejects.toThrow(UnauthenticatedError)
    expect(() => jwt({ keys, issuer, audience, algorithms: ['none'] })).toThrow(TypeError)
  })

  it('fetches published keys once, and fails loudly when they cannot be had', async () => {
    const { keys, sign } = await issuerOfTokens()
    let fetched = 0
    const server = createServer((_, response) => {
      fetched++
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(keys))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`)
    const verify = jwt({ keys: url, issuer, audience, algorithms: ['ES256'] })
    expect(await verify(await sign(), peer)).toMatchObject({ principal: 'ada' })
    expect(await verify(await sign(), peer)).toMatchObject({ principal: 'ada' })
    expect(fetched).toBe(1)
    server.close()
    server.closeAllConnections()
    const broken = jwt({ keys: url, issuer, audience, algorithms: ['ES256'] })
    await expect(broken(await sign(), peer)).rejects.not.toThrow(UnauthenticatedError)
  })

  it('lets its holder into a runtime', async () => {
    const { keys, sign } = await issuerOfTokens()
    await using h = harness({ auth: jwt({ keys, issuer, audience, algorithms: ['ES256'] }) })
    const welcomed = await h.connect({ auth: { scheme: 'bearer', token: await sign() } })
    expect(welcomed.sessionId).toBeDefined()
    await expect(h.connect({ auth: { scheme: 'bearer', token: 'nonsense' } })).rejects.toThrow(
      'UNAUTHENTICATED',
    )
  })
})
