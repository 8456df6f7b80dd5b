import { inspect } from 'node:util'
import type { Observer } from '@arcp/protocol/observe'
import type { RawFrame, ScriptedPeer } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { agentOf, heldAgent } from '../../testing/agents'
import { asBob, eventOf, harness, submitted, terminalOf } from '../../testing/harness'
import { keyDesk } from '../../testing/key-desk'
import { storeThat } from '../../testing/store-that'

const valuesIn = ({ payload }: RawFrame) =>
  (payload.credentials as { value: string }[] | undefined)?.map(({ value }) => value)

async function answered(peer: ScriptedPeer, type: string, payload: object): Promise<RawFrame> {
  const id = peer.request(type, payload)
  return peer.next((frame) => frame.payload.request_id === id)
}

/** A job that runs, with one credential. */
async function running() {
  const desk = keyDesk()
  const held = heldAgent()
  const h = harness({ agents: [held.implementation], credentials: [desk] })
  const owner = await h.connect()
  const accepted = await submitted(owner, { agent: 'held', idempotency_key: 'k' })
  const ctx = await held.started
  return {
    h,
    owner,
    accepted,
    job_id: String(accepted.job_id),
    rotate: () => ctx.rotateCredential(String(ctx.credentials[0]?.id)),
    end: () => held.gate.open('done'),
    async [Symbol.asyncDispose]() {
      held.gate.open('done')
      await h[Symbol.asyncDispose]()
    },
  }
}

describe('R-OBS-7 the credentials of a job', () => {
  it('and their rotations are not seen by who follows or lists it', async () => {
    await using job = await running()
    const observer = await job.h.connect()
    const subscribed = await answered(observer, 'job.subscribe', { job_id: job.job_id, after_seq: 0 })
    expect(subscribed.payload).not.toHaveProperty('credentials')
    await job.rotate()
    const told = await eventOf(observer, job.job_id, 'job.status')
    expect(told.payload).toEqual({ seq: 3, ts: expect.any(String), phase: 'credential_rotated' })
    const { payload } = await answered(observer, 'session.list_jobs', {})
    expect(payload.jobs).toEqual([expect.not.objectContaining({ credentials: expect.anything() })])
    const replay = await answered(observer, 'job.subscribe', { job_id: job.job_id, after_seq: 2 })
    expect(replay.type).toBe('job.subscribed')
    expect(valuesIn(await eventOf(observer, job.job_id, 'job.status'))).toBeUndefined()
    expect(observer.frames.map((frame) => JSON.stringify(frame)).join()).not.toContain('KEY')
  })

  it('are told whoever takes it up by its key, as they are then, and the former owner no more', async () => {
    await using job = await running()
    await job.rotate()
    expect(valuesIn(await eventOf(job.owner, job.job_id, 'job.status'))).toEqual(['KEY-keys-2'])
    const second = await job.h.connect()
    const again = await submitted(second, { agent: 'held', idempotency_key: 'k' })
    expect(again.payload).toMatchObject({ resumed: true })
    expect(valuesIn(again)).toEqual(['KEY-keys-2'])
    expect(valuesIn(await eventOf(second, job.job_id, 'job.status'))).toEqual(['KEY-keys-2'])
    await eventOf(job.owner, job.job_id, 'job.status')
    await job.rotate()
    expect(valuesIn(await eventOf(job.owner, job.job_id, 'job.status'))).toBeUndefined()
    expect((await eventOf(second, job.job_id, 'job.status')).payload.phase).toBe('owner_changed')
    expect(valuesIn(await eventOf(second, job.job_id, 'job.status'))).toEqual(['KEY-keys-3'])
  })

  it('are told whoever takes it up by its token, but not a client that comes back too late', async () => {
    await using job = await running()
    const { resume_token } = job.accepted.payload
    const second = await job.h.connect()
    const taken = await submitted(second, { resume_token })
    expect(valuesIn(taken)).toEqual(['KEY-keys-1'])
    const third = await job.h.connect()
    const late = await submitted(third, { resume_token, from_session: job.owner.sessionId })
    expect(late.payload).toMatchObject({ owner: false })
    expect(valuesIn(late)).toBeUndefined()
  })

  it('are told again where a rotation is sent again, as they are then', async () => {
    await using job = await running()
    await job.rotate()
    await job.rotate()
    const second = await job.h.connect()
    const { resume_token } = job.accepted.payload
    await submitted(second, { resume_token, after_seq: 2 })
    for (const seq of [3, 4]) {
      const rotation = await eventOf(second, job.job_id, 'job.status')
      expect(rotation.payload).toMatchObject({ seq, phase: 'credential_rotated' })
      expect(valuesIn(rotation)).toEqual(['KEY-keys-3'])
    }
  })

  it('are told nobody any more once it has ended', async () => {
    await using job = await running()
    await job.rotate()
    job.end()
    await terminalOf(job.owner, job.job_id)
    const again = await submitted(job.owner, { agent: 'held', idempotency_key: 'k' })
    expect(again.payload).not.toHaveProperty('credentials')
  })

  it('cannot be told by an agent', async () => {
    const telling = agentOf('telling', async (_, ctx) => {
      const body = { phase: 'credential_rotated', credentials: ctx.credentials.map((one) => one.toWire()) }
      return ctx.status(body as never).catch((error: unknown) => String(error))
    })
    await using h = harness({ agents: [telling], credentials: [keyDesk()] })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'telling' })
    expect((await terminalOf(peer, job_id)).payload.result).toMatch(/credentials: unknown field/)
  })
})

it('R-OBS-7 the value of a credential is found nowhere but with the owner and the agent', async () => {
  const secret = `S3CR3T-${Math.random().toString(36).slice(2)}`
  const found: string[] = []
  const look = (where: string, what: unknown) => {
    if (inspect(what, { depth: Number.POSITIVE_INFINITY, showHidden: true }).includes(secret))
      found.push(where)
    if (JSON.stringify(what ?? null).includes(secret)) found.push(`${where}, as JSON`)
  }
  const observer: Observer = {
    observe: (observation) => look('observe', observation),
    read: (...told) => look('read', told),
    around: (job, run, operation) => {
      look('around', [job, operation])
      return run()
    },
    traceOf: (job) => {
      look('traceOf', job)
      return undefined
    },
  }
  const store = storeThat((inner) =>
    Object.fromEntries(
      (['createJob', 'updateJob', 'append', 'noteCredential', 'forgetCredential'] as const).map((name) => [
        name,
        (...args: unknown[]) => {
          look(`store.${name}`, args)
          return (inner[name] as (...given: unknown[]) => unknown).apply(inner, args)
        },
      ]),
    ),
  )
  let rotations = 0
  const desk = keyDesk('keys', {
    beforeRevoke: () => {
      throw new Error('down')
    },
    issue: ({ replaces }) => {
      if (replaces && ++rotations === 2) return { value: `${secret}-bad`, endpoint: '' }
      return { value: `${secret}-${rotations}`, endpoint: 'https://keys.test', constraints: { rpm: 1 } }
    },
  })
  let used = ''
  const using = agentOf('using', async (input, ctx) => {
    look('input', input)
    look('context', ctx)
    used = String(ctx.credentials[0]?.value)
    await ctx.log({ level: 'info', message: 'mine', attributes: { credentials: ctx.credentials } })
    const id = () => String(ctx.credentials[0]?.id)
    await ctx.rotateCredential(id())
    await ctx.rotateCredential(id()).catch((error: unknown) => look('the error of a rotation', error))
    await ctx.tool('t', { credentials: ctx.credentials }, () => ctx.credentials)
    return ctx.credentials
  })
  const options = {
    agents: [using],
    credentials: [desk],
    observe: observer,
    store,
    limits: { revocationMs: 50 },
  }
  await using h = harness(options)
  const [owner, same, other] = [await h.connect(), await h.connect(), await h.connect(asBob)]
  const { job_id } = await submitted(owner, { agent: 'using', lease_request: { 'tool.call': ['t'] } })
  await answered(same, 'job.subscribe', { job_id, after_seq: 0 })
  await answered(same, 'session.list_jobs', {})
  await answered(other, 'job.subscribe', { job_id, after_seq: 0 })
  await answered(other, 'session.list_jobs', {})
  const last = await terminalOf(owner, job_id)
  await terminalOf(same, job_id)
  expect(last.payload.details).toEqual({ credentials: 'revocation_pending' })
  expect(used).toBe(`${secret}-0`)
  look('frames to another session of the principal', same.frames)
  look('frames to another principal', other.frames)
  look('the log', h.logged)
  look('the runtime', h.runtime)
  const told = owner.frames.filter((frame) => JSON.stringify(frame).includes(secret)).map(({ type }) => type)
  expect(told[0]).toBe('job.accepted')
  expect(told.slice(1).every((type) => type === 'job.status')).toBe(true)
  expect(found).toEqual([])
  // What is searched with finds what is there.
  look('a frame of the owner', owner.frames)
  expect(found).toEqual(['a frame of the owner', 'a frame of the owner, as JSON'])
})
