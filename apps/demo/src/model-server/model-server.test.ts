import { describe, expect, test } from 'vitest'
import { startModelServer } from './model-server'

const url = ({ endpoint }: { readonly endpoint: { readonly baseUrl: string } }) =>
  `${endpoint.baseUrl}/chat/completions`
const headers = { authorization: 'Bearer demo-key', 'content-type': 'application/json' }
const request = {
  model: 'demo-model',
  messages: [{ role: 'user', content: 'What is a lease?' }],
  stream: true,
}

const post = (to: string, body: unknown, changed: Record<string, string> = {}) =>
  fetch(to, {
    method: 'POST',
    headers: { ...headers, ...changed },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

describe('the stand-in for a model', () => {
  test('streams an answer as server-sent events, usage at its end', async () => {
    await using server = await startModelServer({ tokenMs: 0 })
    const response = await post(url(server), { ...request, stream_options: { include_usage: true } })
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const events = (await response.text()).split('\n\n').filter(Boolean)
    expect(events.every((event) => event.startsWith('data: '))).toBe(true)
    expect(events.pop()).toBe('data: [DONE]')
    const chunks = events.map((event) => JSON.parse(event.slice('data: '.length)))
    const { choices, usage } = chunks.pop()
    expect(choices).toEqual([])
    expect(usage).toMatchObject({ prompt_tokens: 4, completion_tokens: chunks.length - 2 })
    expect(chunks.at(-1).choices[0].finish_reason).toBe('stop')
    expect(chunks.map((chunk) => chunk.choices[0].delta.content ?? '').join('')).toMatch(
      /^A lease says .*happens\.$/,
    )
  })

  test('says nothing of usage unless asked', async () => {
    await using server = await startModelServer({ tokenMs: 0 })
    expect(await (await post(url(server), request)).text()).not.toContain('usage')
  })

  test.each<[number, string, unknown, Record<string, string>?]>([
    [400, 'invalid_request', '{'],
    [400, 'invalid_request', { ...request, messages: [] }],
    [400, 'invalid_request', { ...request, stream: false }],
    [401, 'invalid_api_key', request, { authorization: 'Bearer other' }],
    [404, 'model_not_found', { ...request, model: 'other' }],
    [413, 'too_large', 'x'.repeat(1024 * 1024 + 1)],
  ])('answers %i %s', async (status, code, body, changed) => {
    await using server = await startModelServer()
    const response = await post(url(server), body, changed)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ error: { code, message: expect.any(String) } })
  })

  test('is nowhere else', async () => {
    await using server = await startModelServer()
    expect((await fetch(url(server))).status).toBe(404)
    expect((await post(`${server.endpoint.baseUrl}/completions`, request)).status).toBe(404)
  })

  test('answers 429 beyond what it writes at once, and has room again when somebody leaves', async () => {
    await using server = await startModelServer({ tokenMs: 60_000, atOnce: 1 })
    const first = await post(url(server), request)
    const second = await post(url(server), request)
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, '1'])
    await second.text()
    await first.body?.cancel()
    let status = 429
    while (status === 429) {
      const again = await post(url(server), request)
      status = again.status
      await again.body?.cancel()
    }
    expect(status).toBe(200)
  })
})
