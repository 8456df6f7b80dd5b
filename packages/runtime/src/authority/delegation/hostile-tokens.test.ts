import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { seededRandom, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { RefusedToken } from '../../auth/refused-token'
import { delegationTokens } from './delegation-tokens'
import type { DelegationOptions } from './options'

const random = seededRandom('hostile')
const secret = random(32)
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const clock = new TestClock()
const now = clock.now() / 1000
const limits = { delegationTokenSize: 1_000_000, delegationHops: 8, currencies: 16, leasePatterns: 1_000 }

function verifierOf(options: DelegationOptions = {}, name = 'alpha') {
  const key = { algorithm: 'HS256', secret } as const
  return delegationTokens({ name, options: { key, ...options }, clock, random, limits }).verifier
}

const verifier = verifierOf()
const header = '{"alg":"HS256","typ":"arcp-delegation+jwt"}'
const claims = {
  iss: 'alpha',
  aud: 'alpha',
  sub: 'ada',
  act: { sub: 'w' },
  iat: now,
  exp: now + 60,
  jti: 'one',
  scope: '*',
}

/** Signs texts as they are, which no library would. */
function signed(payload: string, head = header, key: Uint8Array = secret): string {
  const data = [head, payload].map((text) => Buffer.from(text).toString('base64url')).join('.')
  return `${data}.${createHmac('sha256', key).update(data).digest('base64url')}`
}

const saying = (changed: object) => signed(JSON.stringify({ ...claims, ...changed }))

/** The claims with one more text among them, as it is. */
const writing = (text: string) => signed(JSON.stringify(claims).replace(/}$/, `,${text}}`))

async function reasonOf(token: string, by = verifier): Promise<string> {
  const error: unknown = await by.verify(token).then(
    () => 'taken',
    (cause: unknown) => cause,
  )
  expect(error).toBeInstanceOf(RefusedToken)
  return (error as RefusedToken).reason
}

/** Whatever JSON has, but what the claim is to be. */
const kinds: Record<string, unknown> = {
  null: null,
  number: 7,
  true: true,
  text: 'x',
  list: ['ada'],
  object: { sub: 'ada' },
  empty: '',
}

describe('claims of a wrong type', () => {
  const taken: Record<string, string[]> = {
    iss: [],
    aud: [],
    sub: ['text'],
    act: ['object'],
    iat: ['number'],
    exp: [],
    nbf: ['number'],
    jti: ['text'],
    scope: [],
    arcp_max_hops: ['number'],
    arcp_parent_job: ['text'],
    arcp_lease: [],
  }
  for (const [claim, fine] of Object.entries(taken)) {
    it.each(Object.entries(kinds))(`refuse a token: ${claim} of %s`, async (kind, value) => {
      const verifying = verifier.verify(saying({ [claim]: value }))
      if (fine.includes(kind)) await expect(verifying).resolves.toBeDefined()
      else await expect(verifying).rejects.toBeInstanceOf(RefusedToken)
    })
  }

  it.each<[string, object]>([
    ['an audience that is a list of no texts', { aud: [7, null, { alpha: 1 }] }],
    ['an audience in a list in a list', { aud: [['alpha']] }],
    ['an audience by its beginning', { aud: 'alpha2' }],
    ['an audience in other letters', { aud: 'Alpha' }],
    ['an actor whose name is a list', { act: { sub: ['w'] } }],
    ['an actor of an issuer that is no text', { act: { sub: 'w', iss: 7 } }],
    ['an actor in an actor that is a list', { act: { sub: 'w', act: [] } }],
    ['an actor whose name is beyond measure', { act: { sub: 'w'.repeat(257) } }],
    ['an actor of an issuer without a name', { act: { sub: 'w', iss: '' } }],
    ['a hop more than numbers can tell', { arcp_max_hops: 2 ** 53 }],
    ['hops below nothing', { arcp_max_hops: -1 }],
    ['a lease in a list', { arcp_lease: [{ lease: {} }] }],
    ['constraints of null', { arcp_lease: { lease: {}, lease_constraints: null } }],
    ['a parent beyond measure', { arcp_parent_job: 'j'.repeat(257) }],
    ['an id beyond measure', { jti: 'j'.repeat(257) }],
  ])('refuse a token: %s', async (_, changed) => {
    await reasonOf(saying(changed))
  })

  it.each(['constructor', '__proto__', 'prototype', 'toString', 'hasOwnProperty'])(
    'that are named %s change nothing',
    async (name) => {
      const { scope } = await verifier.verify(
        writing(`"${name}":{"sub":"root","act":{"sub":"x"},"scope":"*"}`),
      )
      expect(scope).toEqual({ principal: 'ada', chain: ['w'] })
      const { sub: _, ...rest } = claims
      const without = signed(JSON.stringify(rest).replace(/}$/, `,"${name}":{"sub":"root"}}`))
      expect(await reasonOf(without)).toContain('"sub"')
    },
  )
})

describe('claims that come twice', () => {
  it('count as they come last, wherever they are looked at', async () => {
    const { scope } = await verifier.verify(writing('"sub":"bob"'))
    expect(scope.principal).toBe('bob')
    for (const twice of ['"iss":"beta"', '"aud":"beta"', '"exp":1', '"nbf":99999999999', '"scope":""']) {
      await reasonOf(writing(twice))
    }
    const other = '{"typ":"arcp-delegation+jwt","alg":"HS256","typ":"JWT"}'
    expect(await reasonOf(signed(JSON.stringify(claims), other))).toContain('"typ"')
  })
})

describe('numbers', () => {
  it.each(['1e400', '-1e400', '-1', '8640000000001', '1e300'])(
    'that are no time refuse a token: %s',
    async (text) => {
      for (const claim of ['exp', 'iat']) await reasonOf(writing(`"${claim}":${text}`))
      // One of the past is a time from which it was good.
      await reasonOf(writing(`"nbf":${text}`))
    },
  )

  it('may have fractions, and be as late as a date', async () => {
    const half = await verifier.verify(saying({ exp: now + 0.5, iat: now - 0.5, nbf: now - 0.25 }))
    expect(half.singleUse.until).toBe((now + 6) * 1000)
    const last = await verifier.verify(saying({ exp: 8.64e12 }))
    expect(new Date(last.mandate.handover.endsAt).getTime()).toBe(8.64e15)
  })
})

describe('actors', () => {
  const nested = (depth: number) =>
    `${'{"sub":"a","act":'.repeat(depth - 1)}{"sub":"a"}${'}'.repeat(depth - 1)}`

  it.each([9, 10_000, 40_000])('are counted, however many: %i', async (depth) => {
    expect(await reasonOf(writing(`"act":${nested(depth)}`))).toBe('a delegation token: it has too many hops')
  })

  it('are looked at to the last', async () => {
    const broken = nested(10_000).replace('{"sub":"a"}}', '{"sub":7}}')
    expect(await reasonOf(writing(`"act":${broken}`))).toContain('act.sub must be a text')
  })
})

describe('scopes', () => {
  it.each([
    ' *',
    '* ',
    '*  *',
    '*\t*',
    '*\n',
    '*\u00a0*',
    'agent:',
    'agent:@1.0.0',
    'agent:report@',
    'agent:report@1@2',
    'agent:Report',
    'agent:.report',
    'agent:re port',
    'agent:report/..',
    'agent:rep\u0430rt',
    'AGENT:report',
    'agents:report',
    'report',
    '**',
    'agent:*,agent:report',
    'openid profile',
  ])('that are none refuse a token: %j', async (scope) => {
    expect(await reasonOf(saying({ scope }))).toContain('scope must name agents')
  })

  it('of many wildcards are compared like others, and of too many name nobody', async () => {
    const agentsOf = async (wildcards: number) =>
      (await verifier.verify(saying({ scope: `agent:${'*a'.repeat(wildcards)}` }))).mandate.agents
    const some = await agentsOf(50)
    expect(some.includes(`${'a'.repeat(200)}@1.0.0`)).toBe(true)
    expect(some.includes(`${'a'.repeat(200)}b@1.0.0`)).toBe(false)
    expect((await agentsOf(2_000)).includes(`${'a'.repeat(5_000)}@1.0.0`)).toBe(false)
  })
})

describe('headers', () => {
  it.each(['jwk', 'jku', 'x5c', 'x5u', 'x5t', 'x5t#S256', 'crit', 'b64', 'zip', 'enc'])(
    'with %s refuse a token, whatever it says (RFC 8725 §3.10)',
    async (name) => {
      for (const value of ['null', '[]', '"x"', 'true', '{}', '["exp"]']) {
        const head = header.replace(/}$/, `,"${name}":${value}}`)
        expect(await reasonOf(signed(JSON.stringify(claims), head))).toBe(
          `a delegation token: its header has ${name}`,
        )
      }
    },
  )

  it.each(['"HS512"', '"RS256"', '"ES256"', '"EdDSA"', '"none"', '""', 'null', '7', '["HS256"]', '{}'])(
    'with another algorithm refuse a token: %s (RFC 8725 §3.1)',
    async (alg) => {
      const head = `{"alg":${alg},"typ":"arcp-delegation+jwt"}`
      await reasonOf(signed(JSON.stringify(claims), head))
    },
  )

  it.each(['"JWT"', '"at+jwt"', '""', 'null', '7', '["arcp-delegation+jwt"]', '"arcp-delegation"'])(
    'with another type refuse a token: %s (RFC 8725 §3.11)',
    async (typ) => {
      await reasonOf(signed(JSON.stringify(claims), `{"alg":"HS256","typ":${typ}}`))
    },
  )

  it('may name a key, which is of no matter where there is one (RFC 8725 §3.10)', async () => {
    for (const kid of ['"../../dev/null"', '"\' or 1=1"', '""']) {
      const head = header.replace(/}$/, `,"kid":${kid}}`)
      await expect(verifier.verify(signed(JSON.stringify(claims), head))).resolves.toBeDefined()
    }
  })
})

describe('secrets', () => {
  it.each<[string, Uint8Array]>([
    ['empty', new Uint8Array()],
    ['of zeros', new Uint8Array(32)],
    ['that begin alike', secret.subarray(0, 31)],
    ['the name of the issuer', Buffer.from('alpha')],
  ])('that are guessed sign nothing: %s', async (_, key) => {
    expect(await reasonOf(signed(JSON.stringify(claims), header, key))).toContain('signature')
  })
})

describe('a signature by ES256', () => {
  const es256 = (payload: object) => {
    const head = { alg: 'ES256', typ: 'arcp-delegation+jwt' }
    const data = [head, payload]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    const signature = sign('sha256', Buffer.from(data), { key: ec.privateKey, dsaEncoding: 'ieee-p1363' })
    return { data, signature }
  }
  const key = {
    algorithm: 'ES256',
    privateKey: ec.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  } as const
  const by = verifierOf({ key: { ...key, privateKey: String(key.privateKey) } })

  it('has a twin that holds as well, and names the same use of the same token', async () => {
    const { data, signature } = es256(claims)
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    const s = BigInt(`0x${signature.subarray(32).toString('hex')}`)
    const twin = Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex')
    const both = [signature, Buffer.concat([signature.subarray(0, 32), twin])]
    const uses = await Promise.all(both.map((one) => by.verify(`${data}.${one.toString('base64url')}`)))
    expect(uses.map(({ singleUse }) => singleUse.key)).toEqual(['["alpha","one"]', '["alpha","one"]'])
  })

  it.each<[string, (signature: Buffer) => Buffer]>([
    ['of nothing', () => Buffer.alloc(64)],
    ['of one zero', (signature) => Buffer.concat([signature.subarray(0, 32), Buffer.alloc(32)])],
    ['that is longer', (signature) => Buffer.concat([signature, Buffer.alloc(1)])],
    ['that is shorter', (signature) => signature.subarray(0, 63)],
    ['in the form of certificates', () => sign('sha256', Buffer.from('x'), ec.privateKey)],
    ['of the order of the curve', () => Buffer.alloc(64, 0xff)],
  ])('%s does not hold (CVE-2022-21449)', async (_, changed) => {
    const { data, signature } = es256(claims)
    expect(await reasonOf(`${data}.${changed(signature).toString('base64url')}`, by)).toContain('signature')
  })
})

describe('a principal of another issuer', () => {
  const trusted = [{ issuer: 'beta', algorithm: 'HS256', secret }] as const
  const foreign = saying({ iss: 'beta' })

  it.each<[string, unknown]>([
    ['empty', ''],
    ['null', null],
    ['a number', 7],
    ['a list', ['ada']],
    ['an object', { principal: 'ada' }],
    ['no', false],
  ])('that is mapped to what is %s is nobody here', async (_, principal) => {
    const mapPrincipal = (() => principal) as unknown as () => string
    const by = verifierOf({ trusted, mapPrincipal })
    expect(await reasonOf(foreign, by)).toContain('its subject is nobody here')
    const later = (async () => principal) as unknown as () => Promise<string>
    expect(await reasonOf(foreign, verifierOf({ trusted, mapPrincipal: later }))).toContain('nobody here')
  })

  it('is asked for once all else about its token is right', async () => {
    const asked: unknown[] = []
    const by = verifierOf({ trusted, mapPrincipal: (...sub) => void asked.push(sub) })
    const broken = [{ exp: now - 60 }, { aud: 'beta' }, { scope: '' }, { act: 7 }, { arcp_max_hops: 0 }]
    for (const changed of broken) await reasonOf(saying({ iss: 'beta', ...changed }), by)
    await reasonOf(`${foreign.slice(0, -5)}AAAAA`, by)
    expect(asked).toEqual([])
    await reasonOf(foreign, by)
    expect(asked).toEqual([['ada', 'beta']])
  })

  it('fails the verification where it cannot be found out, which blames no token', async () => {
    const down = new Error('directory is down')
    for (const mapPrincipal of [
      () => {
        throw down
      },
      () => Promise.reject(down),
    ]) {
      await expect(verifierOf({ trusted, mapPrincipal }).verify(foreign)).rejects.toBe(down)
    }
  })

  it('is never taken for one of a third issuer, or of this runtime', async () => {
    const by = verifierOf({ trusted })
    const act = { sub: 'w', iss: 'alpha', act: { sub: 'v', iss: 'gamma' } }
    const { scope } = await by.verify(saying({ iss: 'beta', sub: 'alpha|ada', act }))
    expect(scope).toEqual({ principal: 'beta|alpha|ada', chain: ['beta|gamma|v', 'beta|alpha|w'] })
    for (const issuer of ['beta|x', '|', 'x|']) {
      const naming = [{ issuer, algorithm: 'HS256', secret }] as const
      expect(() => verifierOf({ trusted: naming })).toThrow(TypeError)
    }
  })
})
