import type { ScriptedPeer } from '@arcp/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AgentContext } from '../jobs/context'
import { agentOf, echo, type HeldAgent, heldAgent } from '../testing/agents'
import { eventOf, type Harness, harness, outcome, refusal, submitted, terminalOf } from '../testing/harness'

let h: Harness
let peer: ScriptedPeer
let held: HeldAgent
let runningJob: string | undefined
let seen: Pick<AgentContext, 'extensions' | 'lease'> | undefined

const look = agentOf('look', async (input, ctx) => {
  seen = ctx
  await ctx.status({ phase: 'looking', details: { input }, ...ctx.extensions })
  await ctx.emit('x-acme.echo', input, { ...ctx.extensions })
  return { ...ctx.extensions, input }
})

beforeEach(async () => {
  held = heldAgent()
  h = harness({ agents: [echo, look, held.implementation] })
  peer = await h.connect()
  runningJob = (await submitted(peer, { agent: 'held' })).job_id
  await held.started
})

/** Whatever a value did, nothing is polluted, and the session and the job that was running are as they were. */
afterEach(async () => {
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  expect(Object.keys(Object.prototype)).toEqual([])
  expect((await outcome(peer, { agent: 'echo', input: 'still here' })).payload.result).toBe('still here')
  held.gate.open('unharmed')
  expect((await terminalOf(peer, runningJob)).payload.result).toBe('unharmed')
  await h[Symbol.asyncDispose]()
})

/** Sends a payload as text, so that keys and numbers arrive as they stand here. */
async function answerTo(payload: string, type = 'job.submit') {
  peer.send(`{"arcp":"1.1","id":"hostile","type":"${type}","payload":${payload}}`)
  return peer.next((frame) => frame.payload.request_id === 'hostile')
}

/** Own keys included, however they are named. */
function text(value: unknown): string {
  return JSON.stringify(value)
}

describe('R-SEC-3: keys that mean something to JavaScript are keys like any other', () => {
  const dangerous =
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"a":[{"__proto__":null}],"toJSON":1}'

  it('in the input, back in events and result', async () => {
    const { job_id } = await answerTo(`{"agent":"look","input":${dangerous}}`)
    const status = await eventOf(peer, job_id, 'job.status')
    expect(text(status.payload.details)).toBe(`{"input":${dangerous}}`)
    expect(text((await eventOf(peer, job_id, 'x-acme.echo')).payload.body)).toBe(dangerous)
    expect(text((await terminalOf(peer, job_id)).payload.result)).toBe(`{"input":${dangerous}}`)
  })

  it('in extensions, to the agent and back, however deep', async () => {
    const extensions = `"x-__proto__":1,"x-acme":${dangerous}`
    const { job_id } = await answerTo(`{"agent":"look","input":0,${extensions}}`)
    const status = await eventOf(peer, job_id, 'job.status')
    expect(text(seen?.extensions)).toBe(`{${extensions}}`)
    expect(text(status.payload['x-acme'])).toBe(dangerous)
    expect(status.payload['x-__proto__']).toBe(1)
    const done = await terminalOf(peer, job_id)
    expect(text(done.payload.result)).toBe(`{${extensions},"input":0}`)
    expect(text(done.payload['x-acme'])).toBe(dangerous)
  })

  it('at the top of a payload, where nothing is inherited from it', async () => {
    const refused = await answerTo('{"__proto__":{"agent":"echo","input":1}}')
    expect(refused.payload).toMatchObject({ code: 'INVALID_REQUEST' })
    const accepted = await answerTo('{"agent":"echo","input":2,"__proto__":{"resume_token":"x"}}')
    expect((await terminalOf(peer, accepted.job_id)).payload.result).toBe(2)
  })

  it.each(['__proto__', 'constructor', 'prototype', 'toString'])(
    'in a lease, where %s is no namespace',
    async (key) => {
      const { payload } = await answerTo(
        `{"agent":"echo","lease_request":{"${key}":["*"],"tool.call":["a"]}}`,
      )
      expect(payload).toMatchObject({ code: 'INVALID_REQUEST' })
      expect(payload.message).toContain('payload.lease_request')
    },
  )

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'as names of jobs and agents: %s',
    async (name) => {
      const cancelled = await answerTo(`{"job_id":"${name}"}`, 'job.cancel')
      expect(cancelled.payload).toMatchObject({ code: 'JOB_NOT_FOUND' })
      peer.request('job.submit', { agent: name }, { id: 'agent' })
      expect((await refusal(peer, 'agent')).code).toMatch(/^(INVALID_REQUEST|AGENT_NOT_AVAILABLE)$/)
      peer.request('job.submit', { agent: `echo@${name}` }, { id: 'version' })
      expect((await refusal(peer, 'version')).code).toBe('AGENT_VERSION_NOT_AVAILABLE')
    },
  )

  it.each(['__proto__', 'constructor', 'prototype'])(
    'in a filter, where %s asks for nothing',
    async (key) => {
      const { type, payload } = await answerTo(
        `{"filter":{"${key}":{"status":["failed"]}}}`,
        'session.list_jobs',
      )
      expect([type, (payload.jobs as unknown[]).length]).toEqual(['session.jobs', 1])
    },
  )

  it('as a nonce and a reason', async () => {
    peer.request('session.ping', { nonce: '__proto__' })
    expect((await peer.next('session.pong')).payload.ping_nonce).toBe('__proto__')
  })
})

describe('R-SEC-3: lone surrogates pass as they are', () => {
  const alone = 'a\ud800b\udc00'

  it.each([
    ['in the input', { agent: 'echo', input: alone }, alone],
    ['in keys of the input', { agent: 'echo', input: { [alone]: alone } }, { [alone]: alone }],
  ])('%s', async (_, payload, result) => {
    expect((await outcome(peer, payload)).payload.result).toEqual(result)
  })

  it('in extensions and events', async () => {
    const { job_id } = await submitted(peer, { agent: 'look', input: alone, [`x-${alone}`]: alone })
    const event = await eventOf(peer, job_id, 'x-acme.echo')
    expect(event.payload).toMatchObject({ body: alone, [`x-${alone}`]: alone })
    await terminalOf(peer, job_id)
  })

  it('not in what is listed, where they are no names and no cursors', async () => {
    for (const payload of [{ filter: { agent: alone } }, { cursor: alone }]) {
      const id = peer.request('session.list_jobs', payload)
      expect((await refusal(peer, id)).code).toBe('INVALID_REQUEST')
    }
  })

  it('in ids, which are repeated as they came', async () => {
    peer.request('job.submit', { agent: 'nobody' }, { id: alone })
    expect((await refusal(peer, alone)).code).toBe('AGENT_NOT_AVAILABLE')
  })
})

describe('R-SEC-3: numbers out of bounds are refused where they would count, with their path', () => {
  it.each([
    ['payload.max_runtime_sec', '"max_runtime_sec":1e999'],
    ['payload.max_runtime_sec', '"max_runtime_sec":-1'],
    ['payload.max_runtime_sec', '"max_runtime_sec":0'],
    ['payload.max_runtime_sec', '"max_runtime_sec":"5"'],
    ['payload.after_seq', '"after_seq":9007199254740993'],
    ['payload.after_seq', '"after_seq":1e999'],
    ['payload.after_seq', '"after_seq":0.5'],
    ['payload.lease_constraints.expires_in_s', '"lease_constraints":{"expires_in_s":1e999}'],
    ['payload.lease_constraints.expires_at', '"lease_constraints":{"expires_at":"275760-09-14T00:00:00Z"}'],
  ])('%s: %s', async (path, field) => {
    const { payload } = await answerTo(`{"agent":"echo",${field}}`)
    expect(payload).toMatchObject({ code: 'INVALID_REQUEST', details: { issues: [{ path }] } })
  })

  it.each(['9007199254740993', '1e300', '0.000001e300'])(
    'a runtime of %s s is just long',
    async (seconds) => {
      const accepted = await answerTo(`{"agent":"echo","input":1,"max_runtime_sec":${seconds}}`)
      expect((await terminalOf(peer, accepted.job_id)).type).toBe('job.completed')
    },
  )

  it('in the input they are what JSON makes of them', async () => {
    const accepted = await answerTo('{"agent":"echo","input":[1e999,9007199254740993,-0]}')
    expect((await terminalOf(peer, accepted.job_id)).payload.result).toEqual([null, 9007199254740992, 0])
  })
})

describe('R-SEC-3: what is long', () => {
  it('a pattern is refused with its path', async () => {
    const { payload } = await answerTo(
      `{"agent":"echo","lease_request":{"tool.call":["${'*a'.repeat(600)}"]}}`,
    )
    expect(payload).toMatchObject({
      code: 'INVALID_REQUEST',
      details: { issues: [{ path: 'payload.lease_request["tool.call"][0]' }] },
    })
  })

  it('a lease of many patterns is refused before an answer could outgrow a frame', async () => {
    const patterns = text(Array.from({ length: 40_000 }, (_, i) => `tool-${i}`))
    const { payload } = await answerTo(`{"agent":"echo","lease_request":{"tool.call":${patterns}}}`)
    expect(payload).toMatchObject({
      code: 'INVALID_REQUEST',
      details: { issues: [{ path: 'payload.lease_request', message: 'expected at most 262144 bytes' }] },
    })
  })

  it('a path full of strange characters is told in bounds', async () => {
    const key = '\u0001'.repeat(50_000)
    peer.request('job.submit', { agent: 'echo', lease_request: { [key]: ['a'] } }, { id: 'long' })
    const error = await refusal(peer, 'long')
    expect(error.code).toBe('INVALID_REQUEST')
    expect(text(error).length).toBeLessThan(8_000)
  })
})
