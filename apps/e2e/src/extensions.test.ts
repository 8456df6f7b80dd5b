import { agent, type ExtensionKey, getExtension, type JobEvent, type VendorEvent } from '@arcp/protocol'
import { type Implementation, implement } from '@arcp/runtime'
import { describe, expect, it } from 'vitest'
import { links } from './links'
import { stage } from './stage'

/** Values that are easily lost on the way, as JSON: own `__proto__` keys cannot be written any other way. */
const VALUES: Record<string, string> = {
  null: 'null',
  false: 'false',
  zero: '0',
  'an empty text': '""',
  'an empty list': '[]',
  'an empty object': '{}',
  'numbers to the last digit': '[0.1,-0.5,9007199254740991,1e-7,1.7976931348623157e+308,5e-324]',
  'text of any script, and halves of characters': '"größe 表 🎉 \\u2028 \\ud83d \\u0000 \\" \\\\ </script>"',
  'own __proto__ keys': '{"__proto__":{"polluted":true},"a":[{"__proto__":null}]}',
  'keys that objects inherit': '{"constructor":{"prototype":1},"toString":"mine","hasOwnProperty":0}',
  'keys of the protocol': '{"seq":99,"type":"job.failed","ts":"never","payload":{"x-inner":[]}}',
  'keys in the order of their sender': '{"b":1,"a":2,"x-1":3,"":4}',
  'a hundred levels': '['.repeat(100) + ']'.repeat(100),
}

const each = Object.entries(VALUES)

/** Both as values and as text, which tells own keys and their order. */
function expectSame(actual: unknown, json: string): void {
  expect(actual).toEqual(JSON.parse(json))
  expect(JSON.stringify(actual)).toBe(JSON.stringify(JSON.parse(json)))
}

/** Emits one event of each kind with the submit's extensions beside its own fields, and returns them. */
const repeat: Implementation = implement(agent({ name: 'repeat', version: '1.0.0' }), async (_, ctx) => {
  const { extensions } = ctx
  await ctx.log({ level: 'info', message: 'm', ...extensions })
  await ctx.progress({ current: 1, ...extensions })
  await ctx.thought({ text: 't', ...extensions })
  await ctx.status({ phase: 'p', ...extensions })
  await ctx.metric({ name: 'n', value: 1, ...extensions })
  await ctx.artifact({ uri: 'u', content_type: 'c', ...extensions })
  await ctx.emit('x-acme.event', extensions['x-acme-value'], { ...extensions })
  return { result: 'r', ...extensions }
})

const EMITTED = [
  'job.log',
  'job.progress',
  'job.thought',
  'job.status',
  'job.metric',
  'job.artifact_ref',
  'x-acme.event',
  'job.completed',
]

describe.each(links)('$name', (link) => {
  it.each(each)('%s: from the submit to the agent, its events and its result', async (_, json) => {
    await using s = await stage(link, { agents: [repeat] })
    const client = await s.connect()
    const extensions = { 'x-acme-value': JSON.parse(json), 'x-n': 7 }
    const job = await client.submit('repeat', null, { extensions })
    const events: JobEvent[] = []
    for await (const event of job.events()) events.push(event)
    const carriers = events.filter(({ type }) => type !== 'job.queued' && type !== 'job.started')
    expect(carriers.map(({ type }) => type)).toEqual(EMITTED)
    for (const carrier of carriers) {
      expectSame(getExtension(carrier, 'x-acme-value'), json)
      expect(getExtension(carrier, 'x-n')).toBe(7)
      expect(getExtension(carrier, 'x-other')).toBeUndefined()
    }
    const vendor = carriers.find((event): event is VendorEvent => event.type === 'x-acme.event')
    expectSame(vendor?.body, json)
    expectSame(await job.result(), `{"result":"r","x-acme-value":${json},"x-n":7}`)
  })

  it.each(each)('%s: untouched in the frames themselves', async (_, json) => {
    await using s = await stage(link, { agents: [repeat] })
    const peer = await s.greet()
    peer.request('job.submit', { agent: 'repeat', 'x-acme-value': JSON.parse(json) })
    await peer.next('job.completed')
    const carriers = peer.frames.filter(({ type }) => EMITTED.includes(type))
    expect(carriers.map(({ type }) => type)).toEqual(EMITTED)
    for (const { payload } of carriers) expectSame(payload['x-acme-value'], json)
  })

  it('keeps what the agent was given from everybody else, and nothing but x- keys', async () => {
    const seen: unknown[] = []
    const look = implement(agent({ name: 'look', version: '1.0.0' }), (_, { extensions }) => {
      seen.push({ ...extensions })
    })
    await using s = await stage(link, { agents: [look] })
    const peer = await s.greet()
    for (const more of [{ 'x-a': 1, plain: 2, 'y-b': 3, 'x-': 4, 'X-C': 5 }, {}]) {
      peer.request('job.submit', { agent: 'look', ...more })
      await peer.next('job.completed')
    }
    expect(seen).toEqual([{ 'x-a': 1 }, {}])
    expect(JSON.stringify(peer.frames)).not.toContain('plain')
  })

  it('lets an agent add nothing to an event but its own fields and x- keys', async () => {
    const refusals: unknown[] = []
    const stray = implement(agent({ name: 'stray', version: '1.0.0' }), async (_, ctx) => {
      const wrong = { current: 1, colour: 'red' }
      await ctx.progress(wrong).catch((error: unknown) => refusals.push(error))
      await ctx
        .emit('x-acme.event', 1, { colour: 'red' } as never)
        .catch((error: unknown) => refusals.push(error))
      await ctx.emit('acme' as ExtensionKey, 1).catch((error: unknown) => refusals.push(error))
    })
    await using s = await stage(link, { agents: [stray] })
    const job = await (await s.connect()).submit('stray', null)
    const events: JobEvent[] = []
    for await (const event of job.events()) events.push(event)
    expect(refusals).toEqual(Array(3).fill(expect.objectContaining({ code: 'INVALID_REQUEST' })))
    expect(events.map(({ type }) => type)).toEqual(['job.queued', 'job.started', 'job.completed'])
  })

  it('passes over messages whose type is an extension', async () => {
    await using s = await stage(link, { agents: [repeat] })
    const peer = await s.greet()
    peer.request('x-acme.hint', { anything: [1] })
    peer.request('session.ping', { nonce: 'n' })
    expect((await peer.next((frame) => frame.type !== 'session.welcome')).type).toBe('session.pong')
  })
})

it('getExtension reads what an event itself holds, and nothing it inherits', () => {
  const inherited = Object.create({ 'x-acme-value': 'inherited' })
  expect(getExtension(inherited, 'x-acme-value')).toBeUndefined()
  expect(getExtension(JSON.parse('{"__proto__":{"x-acme-value":1}}'), 'x-acme-value')).toBeUndefined()
})
