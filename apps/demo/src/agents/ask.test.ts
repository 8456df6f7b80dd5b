import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JobEvent } from '@arcp/protocol'
import { type CredentialRequest, type RunAgentOptions, runAgent } from '@arcp/runtime'
import { describe, expect, test } from 'vitest'
import type { Endpoint } from '../ask/endpoint'
import { virtualKeys } from '../keys/virtual-keys'
import { answerTo } from '../model-server/answers'
import { startModelServer } from '../model-server/model-server'
import { askAgent } from './ask'

const lease = { 'model.use': ['demo-model'], 'cost.budget': ['USD:1'] }

/** Asks once, of the stand-in unless another endpoint is given. */
async function asked(
  questions: string[],
  options: RunAgentOptions = { lease },
  changed: Partial<Endpoint> = {},
  model?: string,
) {
  await using server = await startModelServer({ tokenMs: 0 })
  const agent = askAgent({ ...server.endpoint, ...changed })
  return await runAgent(agent, model === undefined ? { questions } : { questions, model }, options)
}

/** An endpoint that answers as told. */
async function answering(onRequest: RequestListener) {
  const server = createServer(onRequest).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

const chunk = (data: object) => `data: ${JSON.stringify(data)}\n\n`
const hello = chunk({ choices: [{ delta: { content: 'hello' } }] })
/** What is charged where an answer does not say what it took. */
const estimate = { unit: 'USD', dimensions: { model: 'demo-model', usage: 'estimated' } }
const chargesOf = (events: readonly JobEvent[]) =>
  events.flatMap((event) => {
    if (event.type !== 'job.metric' || event.name !== 'cost.model') return []
    const { unit, value, dimensions } = event
    return [{ unit, value, dimensions }]
  })
const usage = chunk({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } })

describe('asking', () => {
  test('streams what the model answers, token by token, and charges what it took', async () => {
    const { state, result, events } = await asked(['What is a lease?', 'And an agent?'])
    expect(state).toBe('completed')
    expect(result).toBe(
      `> What is a lease?\n\n${answerTo('lease')}\n\n> And an agent?\n\n${answerTo('agent')}`,
    )
    expect(events.filter(({ type }) => type === 'job.result_chunk').length).toBeGreaterThan(40)
    const spent = events.filter((event) => event.type === 'job.metric' && event.name === 'cost.model')
    expect(spent).toMatchObject([
      { unit: 'USD', dimensions: { model: 'demo-model' } },
      { unit: 'USD', dimensions: { model: 'demo-model' } },
    ])
    expect(events.at(-1)).toMatchObject({ summary: '2 of 2 questions answered' })
  })

  test('stops where the money is spent, with the answers there are', async () => {
    const { state, result, events } = await asked(['What is a lease?', 'And an agent?', 'And a budget?'], {
      lease: { ...lease, 'cost.budget': ['USD:0.0002'] },
    })
    expect(state).toBe('completed')
    expect(result).toBe(`> What is a lease?\n\n${answerTo('lease')}`)
    expect(events.at(-1)).toMatchObject({ summary: '1 of 3 questions answered; then the money was spent' })
    expect(events.find(({ type }) => type === 'job.tool_result')).toMatchObject({
      error: { code: 'BUDGET_EXHAUSTED' },
    })
  })

  test('is denied a model that the lease does not cover', async () => {
    const { state, error, result } = await asked(['?'], { lease: { 'model.use': ['other'] } })
    expect([state, result]).toEqual(['failed', undefined])
    expect(error).toMatchObject({ code: 'PERMISSION_DENIED', details: { target: 'demo-model' } })
  })

  test.each<[string, Partial<Endpoint>, string, object]>([
    [
      'the key is wrong',
      { apiKey: 'secret' },
      'demo-model',
      { code: 'INTERNAL_ERROR', message: 'the endpoint answered 401', retryable: false },
    ],
    [
      'there is no such model',
      {},
      'other',
      { code: 'INVALID_REQUEST', message: 'input.model: the endpoint has no other' },
    ],
  ])('fails where %s', async (_, changed, model, expected) => {
    const { state, error, events } = await asked(['?'], { lease: { 'model.use': ['*'] } }, changed, model)
    expect([state, error]).toMatchObject(['failed', {}])
    expect(events.at(-1)).toMatchObject({ error: expected })
  })

  test('waits when the model is busy, and gives up after a while', async () => {
    let left = 2
    await using busy = await answering((_, response) => {
      if (left-- > 0) response.writeHead(429, { 'retry-after': '0' }).end()
      else response.end(`${hello}${usage}data: [DONE]\n\n`)
    })
    const patient = await asked(['?'], { lease }, busy)
    expect(patient.result).toBe('> ?\n\nhello')
    expect(patient.events.filter((event) => event.type === 'job.status')).toMatchObject([
      { phase: 'waiting' },
      { phase: 'waiting' },
    ])
    left = 4
    const { events } = await asked(['?'], { lease }, busy)
    expect(events.at(-1)).toMatchObject({ error: { code: 'INTERNAL_ERROR', retryable: true } })
  })

  test.each([
    ['breaks off', hello],
    ['does not say what it took', `${hello}data: [DONE]\n\n`],
    ['is no stream of answers', 'data: {"choices":5}\n\n'],
    ['is no JSON', 'data: {\n\n'],
  ])('fails where an answer %s', async (_, body) => {
    await using odd = await answering((_, response) => void response.end(body))
    const { state, events } = await asked(['?'], { lease }, odd)
    expect(state).toBe('failed')
    expect(events.at(-1)).toMatchObject({ error: { code: 'INTERNAL_ERROR' } })
    const tokens = body.startsWith(hello) ? 1 : 0
    expect(chargesOf(events)).toEqual([{ ...estimate, value: (1 + tokens * 4) / 1_000_000 }])
  })

  test('stops in the middle of an answer when the job is cancelled', async () => {
    const cancelled = new AbortController()
    let closed = () => {}
    const hungUp = new Promise<void>((resolve) => {
      closed = resolve
    })
    await using slow = await answering((_, response) => {
      response.write(hello)
      response.on('close', closed)
      cancelled.abort()
    })
    const { state } = await asked(['?'], { lease, signal: cancelled.signal }, slow)
    expect(state).toBe('cancelled')
    await hungUp
  })
})

describe('asking with a key of its own', () => {
  test('works where there is no other, within its budget, and not when the job is over', async () => {
    await using server = await startModelServer({ tokenMs: 0 })
    const keys: { readonly baseUrl: string; readonly apiKey: string }[] = []
    const desk = virtualKeys(server.keys)
    const credentials = [
      {
        ...desk,
        async issue(request: CredentialRequest) {
          const issued = await desk.issue(request)
          if (issued) keys.push({ baseUrl: issued.endpoint, apiKey: issued.value })
          return issued
        },
      },
    ]
    const agent = askAgent({ ...server.endpoint, apiKey: '' })
    const { result, events } = await runAgent(
      agent,
      { questions: ['What is a lease?'] },
      { lease, credentials },
    )
    expect(result).toBe(`> What is a lease?\n\n${answerTo('lease')}`)
    expect(keys).toHaveLength(1)
    expect(JSON.stringify(events)).not.toContain(keys[0]?.apiKey)
    expect(events.at(-1)).not.toHaveProperty('details')
    const late = askAgent({ ...server.endpoint, ...keys[0] })
    const { error } = await runAgent(late, { questions: ['?'] }, { lease })
    expect(error).toMatchObject({ name: 'EndpointError', status: 401 })
  })

  test('goes on with another one where it is replaced', async () => {
    const seen: unknown[] = []
    const requests: CredentialRequest[] = []
    let replaced = () => {}
    const isReplaced = new Promise<void>((resolve) => {
      replaced = resolve
    })
    await using server = await answering(async (request, response) => {
      seen.push(request.headers.authorization)
      requests[0]?.rotate()
      await isReplaced
      response.end(`${hello}${usage}data: [DONE]\n\n`)
    })
    const keys = {
      name: 'keys',
      async issue(request: CredentialRequest) {
        requests.push(request)
        return { value: `key-${requests.length}`, endpoint: server.baseUrl, profile: 'openai' }
      },
      revoke: async () => replaced(),
    }
    const agent = askAgent({
      baseUrl: 'http://127.0.0.1:1',
      apiKey: '',
      model: 'm',
      price: { input: '1', output: '1' },
    })
    const options = { lease: { 'model.use': ['m'] }, credentials: [keys] }
    const { result } = await runAgent(agent, { questions: ['a', 'b'] }, options)
    expect(result).toBe('> a\n\nhello\n\n> b\n\nhello')
    expect(seen).toEqual(['Bearer key-1', 'Bearer key-2'])
  })
})
