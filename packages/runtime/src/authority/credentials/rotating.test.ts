import { PermissionDeniedError } from '@arcp/protocol'
import { gate, type RawFrame, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { agentOf, heldAgent } from '../../testing/agents'
import { eventOf, harness, outcome, submitted, terminalOf } from '../../testing/harness'
import { keyDesk } from '../../testing/key-desk'
import { expectNoUnhandled } from '../../testing/unhandled'
import { waitUntil } from '../../testing/wait-until'

expectNoUnhandled()

const valuesIn = ({ payload }: RawFrame) =>
  (payload.credentials as { value: string }[] | undefined)?.map(({ value }) => value)

describe('a rotation', () => {
  it('puts another credential in the place of one, which is revoked, and tells the owner', async () => {
    const [one, two] = [keyDesk('one'), keyDesk('two')]
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation], credentials: [one, two] })
    const peer = await h.connect()
    const accepted = await submitted(peer, { agent: 'held' })
    const ctx = await held.started
    const [first, other] = ctx.credentials
    const fresh = await ctx.rotateCredential(String(first?.id))
    expect(fresh).toMatchObject({ scheme: 'bearer', value: 'KEY-one-2', endpoint: 'https://one.test/v1' })
    expect(ctx.credentials).toEqual([fresh, other])
    expect(ctx.credentials[1]).toBe(other)
    expect(one.requests[1]).toMatchObject({ id: fresh.id, replaces: first?.id, jobId: accepted.job_id })
    expect(one.requests[0]).not.toHaveProperty('replaces')
    const told = await eventOf(peer, accepted.job_id, 'job.status')
    expect(told.payload).toEqual({
      seq: 3,
      ts: expect.any(String),
      phase: 'credential_rotated',
      credentials: [
        { id: fresh.id, scheme: 'bearer', value: 'KEY-one-2', endpoint: 'https://one.test/v1' },
        { id: other?.id, scheme: 'bearer', value: 'KEY-two-1', endpoint: 'https://two.test/v1' },
      ],
    })
    await waitUntil(() => one.live.size === 1)
    expect([...one.live.keys()]).toEqual([fresh.id])
    held.gate.open('done')
  })

  it('is asked for by the provisioner as well, when it likes', async () => {
    const desk = keyDesk()
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation], credentials: [desk] })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'held' })
    const ctx = await held.started
    desk.requests[0]?.rotate()
    expect(valuesIn(await eventOf(peer, job_id, 'job.status'))).toEqual(['KEY-keys-2'])
    desk.requests[1]?.rotate()
    expect(valuesIn(await eventOf(peer, job_id, 'job.status'))).toEqual(['KEY-keys-3'])
    expect(ctx.credentials.map(({ value }) => value)).toEqual(['KEY-keys-3'])
    await waitUntil(() => desk.live.size === 1)
    held.gate.open('done')
    await terminalOf(peer, job_id)
    desk.requests[2]?.rotate()
    expect(desk.requests).toHaveLength(3)
    expect(h.logged).toEqual([])
  })

  it('happens once, however often it is asked for meanwhile', async () => {
    const slow = gate()
    const desk = keyDesk('keys', { beforeIssue: ({ replaces }) => (replaces ? slow.promise : undefined) })
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation], credentials: [desk] })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'held' })
    const ctx = await held.started
    const id = String(ctx.credentials[0]?.id)
    const both = [ctx.rotateCredential(id), ctx.rotateCredential(id)]
    desk.requests[0]?.rotate()
    expect(ctx.credentials[0]?.id).toBe(id)
    slow.open()
    const [a, b] = await Promise.all(both)
    expect(a).toBe(b)
    held.gate.open('done')
    await terminalOf(peer, job_id)
    expect(desk.requests).toHaveLength(2)
    expect(peer.frames.filter(({ type }) => type === 'job.status')).toHaveLength(1)
  })

  it('that fails leaves the old credential as it is, and says why', async () => {
    let failure: unknown
    const desk = keyDesk('keys', {
      beforeIssue: ({ replaces }) => {
        if (replaces) throw failure
      },
      issue: () => ({ value: 'x'.repeat(100), endpoint: 'e' }),
    })
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation], credentials: [desk] })
    await submitted(await h.connect(), { agent: 'held' })
    const ctx = await held.started
    const [old] = ctx.credentials
    const id = String(old?.id)
    for (const [thrown, code, message] of [
      [new Error('down'), 'INTERNAL_ERROR', 'the credentials could not be made'],
      [new PermissionDeniedError('enough'), 'PERMISSION_DENIED', 'enough'],
    ]) {
      failure = thrown
      await expect(ctx.rotateCredential(id)).rejects.toMatchObject({ code, message })
    }
    await expect(ctx.rotateCredential('cred_other')).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    desk.requests[0]?.rotate()
    await waitUntil(() => h.logged.some(({ message }) => message === 'a credential could not be replaced'))
    expect(ctx.credentials).toEqual([old])
    expect([...desk.live.keys()]).toEqual([id])
    held.gate.open('done')
  })

  it('that fails and that nobody waits for harms nobody', async () => {
    const agent = agentOf('careless', (_, ctx) => void ctx.rotateCredential('cred_other'))
    for (const credentials of [[keyDesk()], []]) {
      await using h = harness({ agents: [agent], credentials })
      expect((await outcome(await h.connect(), { agent: 'careless' })).type).toBe('job.completed')
    }
  })

  it('that brings none, or one too large, leaves the old one as well', async () => {
    let next: { value: string; endpoint: string } | undefined = { value: 'small', endpoint: 'e' }
    const desk = keyDesk('keys', { issue: () => next })
    const held = heldAgent()
    const limits = { credentialBytes: 1_000 }
    await using h = harness({ agents: [held.implementation], credentials: [desk], limits })
    await submitted(await h.connect(), { agent: 'held' })
    const ctx = await held.started
    const id = String(ctx.credentials[0]?.id)
    next = undefined
    await expect(ctx.rotateCredential(id)).rejects.toMatchObject({
      code: 'INTERNAL_ERROR',
      message: 'there is no credential to replace it',
    })
    next = { value: 'x'.repeat(1_000), endpoint: 'e' }
    await expect(ctx.rotateCredential(id)).rejects.toMatchObject({
      details: { reason: 'credential_bytes', limit: 1_000 },
    })
    expect(ctx.credentials.map(({ value }) => value)).toEqual(['small'])
    await waitUntil(() => desk.live.size === 1)
    held.gate.open('done')
  })

  it('that takes too long is given up, and what comes then is revoked', async () => {
    const clock = new TestClock()
    const slow = gate()
    const desk = keyDesk('keys', { beforeIssue: ({ replaces }) => (replaces ? slow.promise : undefined) })
    const held = heldAgent()
    await using h = harness({
      clock,
      agents: [held.implementation],
      credentials: [desk],
      limits: { admissionMs: 3_000 },
    })
    const connecting = h.connect()
    await clock.settle()
    const peer = await connecting
    peer.request('job.submit', { agent: 'held' })
    await clock.settle()
    const ctx = await held.started
    const [old] = ctx.credentials
    const rotating = expect(ctx.rotateCredential(String(old?.id))).rejects.toMatchObject({
      code: 'INTERNAL_ERROR',
      details: { reason: 'credentials', limit: 3_000 },
    })
    await clock.elapse(3_000)
    await rotating
    expect(desk.requests[1]?.signal.aborted).toBe(true)
    slow.open()
    await clock.settle()
    expect([...desk.live.keys()]).toEqual([old?.id])
    expect(ctx.credentials).toEqual([old])
    held.gate.open('done')
  })

  it('that the end of the job overtakes is revoked, before the last event if there is time', async () => {
    const slow = gate()
    const desk = keyDesk('keys', { beforeIssue: ({ replaces }) => (replaces ? slow.promise : undefined) })
    const rotating = gate<Promise<unknown>>()
    const leaving = agentOf('leaving', (_, ctx) => {
      const rotation = ctx.rotateCredential(String(ctx.credentials[0]?.id))
      rotation.catch(() => {})
      rotating.open(rotation)
      return 'done'
    })
    await using h = harness({ agents: [leaving], credentials: [desk] })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'leaving' })
    const rotation = rotating.promise
    await waitUntil(() => desk.requests[1]?.signal.aborted === true)
    expect(peer.frames.some(({ type }) => type === 'job.completed')).toBe(false)
    slow.open()
    await expect(rotation).rejects.toMatchObject({ code: 'INTERNAL_ERROR' })
    expect((await terminalOf(peer, job_id)).payload).toEqual({
      seq: 3,
      ts: expect.any(String),
      result: 'done',
    })
    expect(desk.live.size).toBe(0)
  })

  it('is counted among the credentials that are there: the old one too, until it is revoked', async () => {
    const free = gate()
    const desk = keyDesk('keys', { beforeRevoke: () => free.promise })
    const held = heldAgent()
    await using h = harness({
      agents: [held.implementation],
      credentials: [desk],
      limits: { credentials: 2 },
    })
    await submitted(await h.connect(), { agent: 'held' })
    const ctx = await held.started
    const id = () => String(ctx.credentials[0]?.id)
    await ctx.rotateCredential(id())
    await expect(ctx.rotateCredential(id())).rejects.toMatchObject({
      details: { reason: 'credentials', limit: 2 },
    })
    free.open()
    await waitUntil(() => desk.live.size === 1)
    await ctx.rotateCredential(id())
    held.gate.open('done')
  })
})
