import { connect, type Job } from '@arcp/client'
import { agent, type JobEvent } from '@arcp/protocol'
import { memoryDialer } from '@arcp/protocol/transport'
import {
  type CredentialProvisioner,
  createRuntime,
  implement,
  memoryStore,
  staticTokens,
} from '@arcp/runtime'
import { describe, expect, it } from 'vitest'
import { links } from './links'
import { pullable } from './pullable'
import { stage } from './stage'

/** A provisioner of keys `key-1`, `key-2` …, and which of them are good. */
function keys() {
  const good = new Map<string, string>()
  let made = 0
  const provisioner: CredentialProvisioner = {
    name: 'keys',
    async issue({ id }) {
      const value = `key-${++made}`
      good.set(id, value)
      return { value, endpoint: 'https://keys.test' }
    },
    revoke: async (id) => void good.delete(id),
  }
  return { provisioner, good }
}

const valuesOf = ({ credentials }: Job) => credentials.map(({ value }) => value)

/** Replaces its credential each time it has been told to, and ends when it has been twice. */
const turning = (turns: AsyncIterator<void>) =>
  implement(agent({ name: 'turning', version: '1.0.0' }), async (_, ctx) => {
    for (let times = 0; times < 2; times++) {
      await turns.next()
      await ctx.rotateCredential(String(ctx.credentials[0]?.id))
    }
    await turns.next()
    return ctx.credentials.map(({ value }) => value)
  })

/** Something an agent waits for each time, and a test lets happen. */
function signals() {
  const waiting: (() => void)[] = []
  let ready = 0
  return {
    go() {
      const next = waiting.shift()
      if (next) next()
      else ready++
    },
    async *turns(): AsyncGenerator<void, void, undefined> {
      for (;;) {
        if (ready > 0) ready--
        else await new Promise<void>((resolve) => waiting.push(resolve))
        yield
      }
    },
  }
}

/** Reads on until a rotation has come. */
async function rotated(events: AsyncIterator<JobEvent>): Promise<JobEvent> {
  for (;;) {
    const { value, done } = await events.next()
    if (done) throw new Error('the job ended without a rotation')
    if (value.type === 'job.status' && value.phase === 'credential_rotated') return value
  }
}

describe.each(links)('credentials $name', (link) => {
  it('are told the owner, and replaced there; who only watches learns of neither', async () => {
    const { provisioner, good } = keys()
    const { go, turns } = signals()
    await using e2e = await stage(link, { agents: [turning(turns())], credentials: [provisioner] })
    const client = await e2e.connect()
    const watcher = await e2e.connect()
    const job = await client.submit('turning', null, { idempotencyKey: 'k' })
    const watched = await watcher.subscribe(job.id, { afterSeq: 0 })
    expect([valuesOf(job), valuesOf(watched)]).toEqual([['key-1'], []])
    const [events, seen] = [job.events(), watched.events()]
    go()
    await rotated(events)
    expect(await rotated(seen)).not.toHaveProperty('credentials')
    expect([valuesOf(job), valuesOf(watched)]).toEqual([['key-2'], []])

    const taken = await watcher.submit('turning', null, { idempotencyKey: 'k' })
    expect(valuesOf(taken)).toEqual(['key-2'])
    go()
    expect(await rotated(events)).not.toHaveProperty('credentials')
    const takenEvents = taken.events()
    await rotated(takenEvents)
    await rotated(takenEvents)
    expect([valuesOf(job), valuesOf(taken)]).toEqual([['key-2'], ['key-3']])

    go()
    expect(await taken.result()).toEqual(['key-3'])
    expect(good.size).toBe(0)
  })
})

it('a rotation that comes while the connection is broken is told when it stands again', async () => {
  const { provisioner } = keys()
  const { go, turns } = signals()
  const runtime = createRuntime({
    name: 'e2e',
    version: '1.0.0',
    auth: staticTokens({ 'test-token': 'ada' }),
    agents: [turning(turns())],
    credentials: [provisioner],
  })
  const { dialer, pull } = pullable(memoryDialer(runtime))
  await using client = await connect(dialer, { token: 'test-token', limits: { backoffMs: 1 } })
  const job = await client.submit('turning', null)
  const events = job.events()
  for (const value of ['key-2', 'key-3']) {
    pull()
    go()
    await rotated(events)
    expect(valuesOf(job)).toEqual([value])
  }
  go()
  expect(await job.result()).toEqual(['key-3'])
  await runtime.close()
})

it('credentials that a runtime leaves behind are revoked by the next one on its store', async () => {
  const { provisioner, good } = keys()
  let isDown = true
  const credentials = [
    {
      ...provisioner,
      async revoke(id: string, signal: AbortSignal) {
        if (isDown) throw new Error('down')
        await provisioner.revoke(id, signal)
      },
    },
  ]
  const store = Object.assign(memoryStore(), { close: async () => {} })
  const start = () =>
    createRuntime({
      name: 'e2e',
      version: '1.0.0',
      auth: staticTokens({ 'test-token': 'ada' }),
      agents: [implement(agent({ name: 'echo', version: '1.0.0' }), (input) => input)],
      logger: { debug() {}, info() {}, warn() {}, error() {} },
      limits: { revocationMs: 1 },
      credentials,
      store,
    })
  const first = start()
  const client = await connect(memoryDialer(first), { token: 'test-token' })
  const job = await client.submit('echo', 1)
  let last: unknown
  for await (const event of job.events()) last = event
  expect(last).toMatchObject({ type: 'job.completed', details: { credentials: 'revocation_pending' } })
  await client.close()
  await first.close()
  expect(good.size).toBe(1)

  isDown = false
  const second = start()
  while ((await store.readCredentials('', 1)).length > 0)
    await new Promise((resolve) => setImmediate(resolve))
  expect(good.size).toBe(0)
  await second.close()
})
