import { agent } from '@arcp/protocol'
import { describe, expect, it } from 'vitest'
import { implement } from '../agents/implement'
import { agentOf, echo } from '../testing/agents'
import { harness, outcome, refusal, submitted, terminalOf } from '../testing/harness'
import { type HeldTransport, heldTransport } from '../testing/held-transport'

/** A session over a transport whose peer can stop reading. */
async function heldSession(h: ReturnType<typeof harness>) {
  let transport!: HeldTransport
  const peer = await h.connect({}, (far) => {
    transport = heldTransport(far)
    return transport
  })
  return { peer, transport }
}

describe('a peer that asks and does not read', () => {
  it('is closed as a slow consumer once too much waits for it, and nobody else is', async () => {
    await using h = harness({ agents: [echo], limits: { maxBufferedBytes: 20_000 } })
    const other = await h.connect()
    const { peer, transport } = await heldSession(h)
    transport.hold()
    let pings = 0
    while (transport.bufferedBytes <= 20_000) {
      for (let i = 0; i < 20; i++) peer.request('session.ping', { nonce: `n${pings++}` })
      await new Promise((resolve) => setImmediate(resolve))
    }
    peer.request('session.ping', { nonce: 'one too many' })
    expect((await peer.closed).code).toBe(1008)
    expect(transport.bufferedBytes).toBeLessThan(30_000)
    expect((await outcome(other, { agent: 'echo', input: 'fine' })).payload.result).toBe('fine')
  })

  it('has its events held back, however fast its jobs are, while answers go on (R-MEM-7)', async () => {
    const chatty = agentOf('chatty', async (_, ctx) => {
      for (let current = 0; current < 2_000; current++)
        await ctx.progress({ current, message: 'm'.repeat(500) })
    })
    await using h = harness({ agents: [chatty, echo], limits: { sendBufferBytes: 10_000 } })
    const { peer, transport } = await heldSession(h)
    transport.hold()
    peer.request('job.submit', { agent: 'chatty' })
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve))
    const held = transport.bufferedBytes
    expect(held).toBeGreaterThan(10_000)
    expect(held).toBeLessThan(30_000)
    peer.request('session.ping', { nonce: 'n' })
    await new Promise((resolve) => setImmediate(resolve))
    expect(transport.bufferedBytes).toBeGreaterThan(held)
    transport.letGo()
    await peer.next('session.pong')
    const { job_id } = await peer.next('job.accepted')
    await terminalOf(peer, job_id)
    const seqs = peer.frames
      .filter((frame) => frame.event_seq !== undefined)
      .map(({ payload }) => payload.seq)
    expect(seqs).toEqual(Array.from({ length: 2_003 }, (_, i) => i + 1))
  })
})

describe('the smallest frames', () => {
  const wordy = implement(
    agent({
      name: 'wordy',
      version: '1.0.0',
      input: {
        '~standard': {
          version: 1,
          vendor: 'test',
          validate: () => ({
            issues: Array.from({ length: 50 }, () => ({ message: 'ü'.repeat(500), path: ['ü'.repeat(500)] })),
          }),
        },
      },
    }),
    () => {},
  )

  it('carry any error: details that do not fit are left out', async () => {
    await using h = harness({ agents: [echo, wordy], limits: { maxFrameBytes: 4096 } })
    const peer = await h.connect()
    const error = await refusal(peer, peer.request('job.submit', { agent: 'wordy', input: 1 }))
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', retryable: false })
    expect(error).not.toHaveProperty('details')
    expect(error.message).toMatch(/^input/)
    expect((await outcome(peer, { agent: 'echo', input: 'next' })).payload.result).toBe('next')
  })

  it('carry any accepted lease', async () => {
    await using h = harness({ agents: [echo], limits: { maxFrameBytes: 4096 } })
    const peer = await h.connect()
    const largest = { 'tool.call': ['t'.repeat(1_006)] }
    expect((await submitted(peer, { agent: 'echo', lease_request: largest })).payload.lease).toEqual(largest)
    const id = peer.request('job.submit', {
      agent: 'echo',
      lease_request: { 'tool.call': ['t'.repeat(1_007)] },
    })
    expect(await refusal(peer, id)).toMatchObject({
      code: 'INVALID_REQUEST',
      details: { issues: [{ path: 'payload.lease_request' }] },
    })
  })

  it('must be able to list the agents', () => {
    const agents = Array.from({ length: 100 }, (_, i) => agentOf(`agent-with-a-long-name-${i}`, () => {}))
    expect(() => harness({ agents, limits: { maxFrameBytes: 4096 } })).toThrow(
      'limits.maxFrameBytes is too small to list 100 agents in a welcome',
    )
  })
})
