import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Client, connect } from '@arcp/client'
import { agent } from '@arcp/protocol'
import { createRuntime, implement, type RuntimeOptions, staticTokens } from '@arcp/runtime'
import { describe, expect, it } from 'vitest'
import { links } from './links'
import { droppedOnce, pullable } from './pullable'

/** Tells who asked for it, then goes on until it is told to end, if it is to wait. */
const count = implement(agent({ name: 'count', version: '1.0.0' }), async (input, ctx) => {
  const { to = 1, wait = false } = (input ?? {}) as { to?: number; wait?: boolean }
  for (let current = 1; current <= to; current++) {
    await new Promise((resolve) => setImmediate(resolve))
    await ctx.progress({ current, total: to })
  }
  if (wait) await aborted(ctx.signal)
  return { principal: ctx.principal, delegatedBy: ctx.delegatedBy }
})

/** Rejects when the signal aborts, or has. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

const secret = implement(agent({ name: 'secret', version: '1.0.0' }), () => 'not for delegates')

async function idsOf(client: Client): Promise<string[]> {
  const ids: string[] = []
  for await (const { job_id } of client.listJobs()) ids.push(job_id)
  return ids.sort()
}

/** Spends an amount, and tells how the budget stands then. */
const spend = implement(agent({ name: 'spend', version: '1.0.0' }), async (input, ctx) => {
  await ctx.spend('USD', input as string)
  return ctx.budget().USD
})

/** Gives a part of what it may do to somebody at the other runtime. */
const handOut = implement(agent({ name: 'hand-out', version: '1.0.0' }), async (_, ctx) => {
  const lease = { 'cost.budget': ['USD:4'] }
  const token = await ctx.createDelegationToken(['agent:count', 'agent:spend'], { audience: 'beta', lease })
  return { token, budget: ctx.budget().USD }
})

const agents = [count, secret, spend]

/** Two runtimes: one that makes tokens and publishes its keys, and one that takes them, for its own principals. */
async function twoRuntimes(options: Partial<RuntimeOptions> = {}) {
  const { privateKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const alpha = createRuntime({
    name: 'alpha',
    version: '1.0.0',
    auth: staticTokens({ adas: 'ada@alpha' }),
    agents: [handOut],
    delegation: { key: { algorithm: 'EdDSA', privateKey } },
  })
  const server = createServer(async (_, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(await alpha.delegationKeys()))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const keys = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/jwks.json`)
  const beta = createRuntime({
    name: 'beta',
    version: '1.0.0',
    auth: staticTokens({ adas: 'ada', bobs: 'bob' }),
    agents,
    delegation: {
      trusted: [{ issuer: 'alpha', algorithm: 'EdDSA', keys }],
      mapPrincipal: (sub) => sub.replace(/@.*/, ''),
    },
    ...options,
  })
  return {
    alpha,
    beta,
    token: (actor = 'worker', scopes = ['agent:count']) =>
      alpha.createDelegationToken('ada@alpha', scopes, { audience: 'beta', actor }),
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await Promise.all([alpha.close(), beta.close()])
    },
  }
}

describe.each(links)('a session delegated by another runtime $name', ({ open }) => {
  it('may call what its token names, on behalf of its principal, and says through whom', async () => {
    await using world = await twoRuntimes()
    await using link = await open(world.beta)
    await using delegate = await connect(link.dialer, { token: await world.token() })
    expect(delegate.agents.map(({ name }) => name)).toEqual(['count'])
    const job = await delegate.submit('count', {})
    expect(await job.result()).toEqual({ principal: 'ada', delegatedBy: ['alpha|worker'] })
    await expect(delegate.submit('secret', null)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
    const beyond = delegate.submit('secret', null, { idempotencyKey: 'k' })
    await expect(beyond).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
    const foreign = connect(link.dialer, {
      token: await world.beta.createDelegationToken('', ['*']).catch(String),
    })
    await expect(foreign).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('sees and steers its own jobs and none of its principal, which sees those of both (R-AUT-12)', async () => {
    await using world = await twoRuntimes()
    await using link = await open(world.beta)
    await using ada = await connect(link.dialer, { token: 'adas' })
    await using delegate = await connect(link.dialer, { token: await world.token() })
    await using other = await connect(link.dialer, { token: await world.token('other') })
    await using again = await connect(link.dialer, { token: await world.token() })
    const idempotencyKey = 'same for all'
    const hers = await ada.submit('count', { wait: true }, { idempotencyKey })
    const its = await delegate.submit('count', { wait: true }, { idempotencyKey, parentJobId: hers.id })
    const another = await other.submit('count', { wait: true }, { idempotencyKey })
    expect(new Set([hers.id, its.id, another.id]).size).toBe(3)

    expect(await idsOf(delegate)).toEqual([its.id])
    expect(await idsOf(other)).toEqual([another.id])
    expect(await idsOf(ada)).toEqual([hers.id, its.id, another.id].sort())
    for await (const listed of delegate.listJobs()) expect(listed.parent_job_id).toBeNull()

    for (const id of [hers.id, another.id]) {
      await expect(delegate.subscribe(id)).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
    }
    for (const { resumeToken = '' } of [hers, another]) {
      const taken = delegate.submit('count', null, { resumeToken })
      await expect(taken).rejects.toMatchObject({ code: 'RESUME_WINDOW_EXPIRED' })
    }
    const watched = await ada.subscribe(its.id, { afterSeq: 0 })
    expect(watched.resumeToken).toBeUndefined()
    await expect(watched.cancel()).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
    const stolen = ada.submit('count', null, { resumeToken: its.resumeToken ?? '' })
    await expect(stolen).rejects.toMatchObject({ code: 'RESUME_WINDOW_EXPIRED' })

    // A second token for the same, through the same, is the same identity.
    expect(await idsOf(again)).toEqual([its.id])
    const follower = await again.subscribe(its.id)
    await expect(follower.cancel()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
    const taken = await again.submit('count', null, { resumeToken: its.resumeToken ?? '' })
    expect(taken.id).toBe(its.id)
    await taken.cancel('enough')
    await expect(taken.result()).rejects.toMatchObject({ code: 'CANCELLED' })
    for (const job of [hers, another]) await job.cancel()
    await expect(hers.result()).rejects.toMatchObject({ code: 'CANCELLED' })
    await expect(another.result()).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  it('drops and resumes though its token is good for one session, and sees no more than before (R-AUT-13)', async () => {
    await using world = await twoRuntimes()
    await using link = await open(world.beta)
    await using ada = await connect(link.dialer, { token: 'adas' })
    const hers = await ada.submit('count', { wait: true })
    const token = await world.token()
    const { dialer, pull } = pullable(link.dialer)
    await using delegate = await connect(dialer, { token, limits: { backoffMs: 1 } })
    const states: string[] = []
    delegate.onStateChange((state) => states.push(state))
    const job = await delegate.submit('count', { to: 300 })
    const seqs: number[] = []
    for await (const event of job.events()) {
      seqs.push(event.seq)
      if (event.type === 'job.progress' && event.current % 100 === 0 && event.current < 300) {
        await droppedOnce(delegate, pull)
      }
    }
    expect(await job.result()).toMatchObject({ principal: 'ada' })
    expect(seqs).toEqual(Array.from({ length: 303 }, (_, i) => i + 1))
    expect(states).toEqual(['reconnecting', 'connected', 'reconnecting', 'connected'])
    expect(await idsOf(delegate)).toEqual([job.id])
    await expect(delegate.subscribe(hers.id)).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
    const replay = connect(link.dialer, { token })
    await expect(replay).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    await hers.cancel()
  })

  it('resumes with a fresh token for the same, and is bound by that (R-AUT-13)', async () => {
    await using world = await twoRuntimes()
    await using link = await open(world.beta)
    const { dialer, pull } = pullable(link.dialer)
    const tokens = [await world.token(), await world.token('worker', ['agent:secret'])]
    const given = [...tokens]
    const token = () => given.shift() ?? ''
    await using delegate = await connect(dialer, { token, limits: { backoffMs: 1 } })
    const job = await delegate.submit('count', { to: 200 })
    let last = 0
    for await (const event of job.events()) {
      last = event.seq
      if (event.type === 'job.progress' && event.current === 100) await droppedOnce(delegate, pull)
    }
    expect(last).toBe(203)
    expect(delegate.agents.map(({ name }) => name)).toEqual(['secret'])
    await expect(delegate.submit('count', {})).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
    expect(await (await delegate.submit('secret', null)).result()).toBe('not for delegates')
    for (const used of tokens) {
      await expect(connect(link.dialer, { token: used })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    }
  })

  it('acts through the agent whose token opened it, and spends what that gave, also after a drop', async () => {
    await using world = await twoRuntimes()
    await using there = await open(world.alpha)
    await using here = await open(world.beta)
    await using ada = await connect(there.dialer, { token: 'adas' })
    const lease = { 'agent.delegate': ['count', 'spend'], 'cost.budget': ['USD:10'] }
    const giving = await ada.submit('hand-out', null, { lease })
    const { token, budget } = (await giving.result()) as { token: string; budget: unknown }
    expect(budget).toEqual({ granted: '10', spent: '4', reserved: '0', remaining: '6' })

    const { dialer, pull } = pullable(here.dialer)
    await using delegate = await connect(dialer, { token, limits: { backoffMs: 1 } })
    expect(delegate.agents.map(({ name }) => name).sort()).toEqual(['count', 'spend'])
    const told = await (await delegate.submit('count', {})).result()
    expect(told).toEqual({ principal: 'ada', delegatedBy: ['alpha|hand-out'] })
    const first = await delegate.submit('spend', '1.5')
    expect(await first.result()).toEqual({ spent: '1.5', reserved: '0', remaining: '2.5' })
    await droppedOnce(delegate, pull)
    const second = await delegate.submit('spend', '0.25')
    expect(await second.result()).toEqual({ spent: '0.25', reserved: '0', remaining: '2.25' })
    const beyond = delegate.submit('spend', '1', { lease: { 'cost.budget': ['USD:2.26'] } })
    await expect(beyond).rejects.toMatchObject({
      code: 'LEASE_SUBSET_VIOLATION',
      details: { pattern: 'USD:2.26', remaining: '2.25' },
    })
    for await (const listed of delegate.listJobs()) expect(listed.parent_job_id).toBe(giving.id)
    await expect(connect(here.dialer, { token })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })
})
