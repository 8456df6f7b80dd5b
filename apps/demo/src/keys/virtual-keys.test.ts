import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CredentialRequest } from '@arcp/runtime'
import { describe, expect, test } from 'vitest'
import { startModelServer } from '../model-server/model-server'
import { keyServerOf } from './key-server'
import { virtualKeys } from './virtual-keys'

const signal = new AbortController().signal
const lease = { 'model.use': ['demo-*'], 'cost.budget': ['USD:0.5'] }

function requestOf(fields: Partial<CredentialRequest> = {}): CredentialRequest {
  return {
    id: 'cred_1',
    jobId: 'job_1',
    agent: 'ask@1.0.0',
    scope: { principal: 'ada', chain: [] },
    traceId: '1'.repeat(32),
    lease,
    signal,
    rotate() {},
    ...fields,
  }
}

/** Asks the stand-in a question with a key; the status it answers with. */
async function statusOf(endpoint: string, key: string, model = 'demo-model'): Promise<number> {
  const response = await fetch(`${endpoint}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'What is a lease?' }], stream: true }),
  })
  await response.text()
  return response.status
}

/** A key server that answers as told, and what it was asked. */
async function keyServer(onRequest: RequestListener) {
  const asked: { method?: string; url?: string; authorization?: string; body?: unknown }[] = []
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    const text = Buffer.concat(pieces).toString()
    const { method, url, headers } = request
    asked.push({
      method,
      url,
      authorization: headers.authorization,
      ...(text && { body: JSON.parse(text) }),
    } as never)
    onRequest(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    asked,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    masterKey: 'master',
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

const models = (...ids: string[]) => JSON.stringify({ data: ids.map((id) => ({ id, object: 'model' })) })

describe('a virtual key', () => {
  test('is asked for by the fields that proxies know, within the lease', async () => {
    await using server = await keyServer((request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(
        request.url === '/v1/models'
          ? models('gpt-4o', 'gpt-4o-mini', 'claude', 'o1')
          : JSON.stringify({ key: 'sk-1', key_alias: 'cred_1', expires: null, token: 'hash', spend: 0 }),
      )
    })
    const issued = await virtualKeys({ ...server, url: `${server.url}/` }).issue(
      requestOf({
        lease: { 'model.use': ['gpt-4*', 'o1'] },
        budget: { USD: '1.25', EUR: '9' },
        leaseConstraints: { expires_in_s: 89.2, expires_at: '2026-01-01T00:00:00Z' },
      }),
    )
    const terms = { models: ['gpt-4o', 'gpt-4o-mini', 'o1'], max_budget: 1.25, duration: '90s' }
    expect(server.asked).toEqual([
      { method: 'GET', url: '/v1/models', authorization: 'Bearer master' },
      {
        method: 'POST',
        url: '/key/generate',
        authorization: 'Bearer master',
        body: {
          ...terms,
          key_alias: 'cred_1',
          metadata: { job_id: 'job_1', agent: 'ask@1.0.0', principal: 'ada' },
        },
      },
    ])
    expect(issued).toEqual({
      value: 'sk-1',
      endpoint: `${server.url}/v1`,
      profile: 'openai',
      constraints: terms,
    })
  })

  test('is good for its models alone, until it is deleted; deleting it again does no harm', async () => {
    await using server = await startModelServer({ tokenMs: 0 })
    const keys = virtualKeys(server.keys)
    const { value = '', endpoint = '' } = (await keys.issue(requestOf({ budget: { USD: '0.5' } }))) ?? {}
    expect(endpoint).toBe(server.endpoint.baseUrl)
    expect(await statusOf(endpoint, value)).toBe(200)
    await keys.revoke('cred_1', signal)
    expect(await statusOf(endpoint, value)).toBe(401)
    await keys.revoke('cred_1', signal)
    await keys.revoke('cred_never_made', signal)
  })

  test('is good up to its budget', async () => {
    await using server = await startModelServer({ tokenMs: 0 })
    const { value = '', endpoint = '' } =
      (await virtualKeys(server.keys).issue(requestOf({ budget: { USD: '0.0001' } }))) ?? {}
    expect([await statusOf(endpoint, value), await statusOf(endpoint, value)]).toEqual([200, 400])
  })

  test.each<[string, CredentialRequest['lease']]>([
    ['names no model', { 'net.fetch': ['https://**'] }],
    ['covers none that there is', { 'model.use': ['other-*'] }],
  ])('is not made where a lease %s, for a key without models is one for all', async (_, without) => {
    await using server = await startModelServer()
    expect(await virtualKeys(server.keys).issue(requestOf({ lease: without }))).toBeUndefined()
  })

  test.each([
    ['the master key is not the right one', 401, /401: the master key is not the right one/],
    ['the server fails', 500, /answered 500/],
    ['the server has too much to do', 429, /answered 429/],
  ])('is neither made nor taken for deleted where %s', async (_, status, message) => {
    await using server = await keyServer((request, response) => {
      if (request.url === '/v1/models') response.end(models('demo-model'))
      else response.writeHead(status).end('{"error":{"message":"sk-secret"}}')
    })
    const keys = virtualKeys(server)
    await expect(keys.issue(requestOf())).rejects.toThrow(message)
    await expect(keys.revoke('cred_1', signal)).rejects.toThrow(message)
    await expect(keys.revoke('cred_1', signal)).rejects.not.toThrow(/sk-secret/)
  })

  test('is not made of an answer that has none', async () => {
    await using server = await keyServer((request, response) =>
      response.end(request.url === '/v1/models' ? models('demo-model') : '{"token":"hash"}'),
    )
    await expect(virtualKeys(server).issue(requestOf())).rejects.toThrow('key')
  })

  test('is given up when it is wanted no more, however slow the server is', async () => {
    let arrive = () => {}
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve
    })
    await using server = await keyServer(() => arrive())
    const wanted = new AbortController()
    const keys = virtualKeys(server)
    const made = expect(keys.issue(requestOf({ signal: wanted.signal }))).rejects.toThrow('enough')
    const deleted = expect(keys.revoke('cred_1', wanted.signal)).rejects.toThrow('enough')
    await arrived
    wanted.abort(new Error('enough'))
    await Promise.all([made, deleted])
  })

  test('of the stand-in has an alias of its own', async () => {
    await using server = await startModelServer()
    const keys = virtualKeys(server.keys)
    await keys.issue(requestOf())
    await expect(keys.issue(requestOf())).rejects.toThrow('/key/generate was answered 400')
    await expect(
      virtualKeys({ ...server.keys, masterKey: 'other' }).revoke('cred_1', signal),
    ).rejects.toThrow('401')
  })
})

test('a key server is the endpoint of the environment, if it names a master key', () => {
  const at = (baseUrl: string) => ({ baseUrl, apiKey: '', model: 'm', price: { input: '0', output: '0' } })
  expect(keyServerOf({}, at('http://h/v1'))).toBeUndefined()
  expect(keyServerOf({ LITELLM_MASTER_KEY: '' }, at('http://h/v1'))).toBeUndefined()
  for (const baseUrl of ['http://h/v1', 'http://h/v1/', 'http://h', 'http://h/']) {
    expect(keyServerOf({ LITELLM_MASTER_KEY: 'sk' }, at(baseUrl))).toEqual({
      url: 'http://h',
      masterKey: 'sk',
    })
  }
  expect(keyServerOf({ LITELLM_MASTER_KEY: 'sk' }, at('http://h/proxy/v1'))?.url).toBe('http://h/proxy')
})
