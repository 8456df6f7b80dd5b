import { systemClock, systemRandom } from '@arcp/protocol'
import { CloseCode, memoryPair } from '@arcp/protocol/transport'
import { type RawFrame, record, scriptedPeer, transportContract } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { resolveOptions } from '../options'
import { runtimeRules } from '../runtime-rules'
import { frame, helloOf, welcome } from '../testing/client-frames'
import { runtimeSide } from './transport'

const parts = { rules: runtimeRules, limits: resolveOptions({}), clock: systemClock, random: systemRandom }

/** A client’s end, and the end its runtime is given. */
function joined() {
  const [left, right] = memoryPair()
  return { client: scriptedPeer(left), runtime: record(runtimeSide(right, parts)), end: right }
}

transportContract('memory pair behind the translator, to a client', async (limits) => {
  const [left, right] = memoryPair(limits)
  return { left: runtimeSide(left, parts), right, async [Symbol.asyncDispose]() {} }
})

transportContract('memory pair behind the translator, from a client', async (limits) => {
  const [left, right] = memoryPair(limits)
  return { left, right: runtimeSide(right, parts), async [Symbol.asyncDispose]() {} }
})

describe('a client of the native form', () => {
  it('has every frame handed on as it is, each way, also those that look like the draft’s', async () => {
    const [left, right] = memoryPair()
    const client = record(left)
    const wrapped = runtimeSide(right, parts)
    const runtime = record(wrapped)
    const hello = helloOf('draft', { capabilities: { encodings: ['json'], features: ['typed_events'] } })
    const asked = [hello, frame('session.bye'), frame('session.resume')].map((each) =>
      JSON.stringify(each, null, 1),
    )
    const told = [welcome, frame('job.heartbeat'), frame('job.progress', { seq: 1 })].map((each) =>
      JSON.stringify(each),
    )
    left.send(asked)
    await runtime.until(() => runtime.frames.length === asked.length)
    wrapped.send(told)
    await client.until(() => client.frames.length === told.length)
    expect([runtime.frames, client.frames]).toEqual([asked, told])
  })

  it.each(['not JSON', '[]', '{"id":"x"}', JSON.stringify(frame('x-acme.hello'))])(
    'is whoever begins with %s, which the runtime answers',
    async (text) => {
      const { client, runtime } = joined()
      client.send(text)
      await runtime.until(() => runtime.frames.length === 1)
      expect(runtime.frames).toEqual([text])
    },
  )
})

describe('a client of the draft', () => {
  it('is told what is left of a batch in one, before its transport ends for events that are lost', async () => {
    const [left, right] = memoryPair()
    const client = scriptedPeer(left)
    const wrapped = runtimeSide(right, parts)
    const runtime = record(wrapped)
    client.send(helloOf('draft'))
    await runtime.until(() => runtime.frames.length === 1)
    const lost = frame('job.unsubscribed', { job_id: 'job_1', reason: 'events_lost' })
    wrapped.send([welcome, frame('job.heartbeat'), lost].map((each) => JSON.stringify(each)))
    expect((await client.next()).type).toBe('session.welcome')
    const close = { code: CloseCode.policyViolation, reason: 'events_lost' }
    expect(await client.closed).toEqual(close)
    expect(await runtime.closed).toEqual(close)
    expect(client.frames).toHaveLength(1)
  })

  it('has frames that cannot be read handed on as they are', async () => {
    const { client, runtime } = joined()
    client.send(helloOf('draft'))
    const deep = `{"arcp":"1.1","id":"d","type":"job.submit","payload":${'['.repeat(300)}${']'.repeat(300)}}`
    const unreadable = ['{', '5', '{"id":"x","type":"job.submit"}', deep]
    for (const text of unreadable) client.send(text)
    await runtime.until(() => runtime.frames.length === 1 + unreadable.length)
    expect(runtime.frames.slice(1)).toEqual(unreadable)
  })

  it('of an earlier version is served in that, and may nest as deep as any', async () => {
    const { client, runtime } = joined()
    const hello = helloOf('draft', { capabilities: { encodings: ['json'] } })
    client.send({ ...hello, arcp: '1' })
    const deep = `{"arcp":"1","id":"d","type":"job.submit","payload":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
    client.send(deep)
    await runtime.until(() => runtime.frames.length === 2)
    expect(JSON.parse(runtime.frames[0] ?? '')).toMatchObject({
      arcp: '1.1',
      payload: { capabilities: { features: ['typed_events'] } },
    })
    expect(runtime.frames[1]).toBe(deep)
  })

  it('of an older protocol, as the one for Rust, is told so, and its transport ends', async () => {
    const { client, runtime } = joined()
    client.send(frame('session.open', {}, { id: 'o1' }))
    const told: RawFrame = await client.next()
    expect(told).toMatchObject({
      type: 'session.error',
      payload: { request_id: 'o1', code: 'INVALID_REQUEST', details: { supported: ['1.1'] } },
    })
    expect(await client.closed).toMatchObject({ code: CloseCode.policyViolation })
    await runtime.closed
    expect(runtime.frames).toEqual([])
  })
})
