import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from '@arcp/client'
import { agent, ConnectionError } from '@arcp/protocol'
import { type Dialer, memoryDialer } from '@arcp/protocol/transport'
import { createRuntime, implement, staticTokens } from '@arcp/runtime'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { links } from './links'
import { droppedOnce, pullable } from './pullable'

const stream = agent({
  name: 'stream',
  version: '1.0.0',
  input: v.object({ pieces: v.number() }),
  output: 'text',
})

/** Streams numbered lines, each with its progress, a macrotask apart; begins, and goes beyond the first half, when it may. */
const streamAgent = ({ mayBegin, mayGoOn }: { mayBegin?: Promise<void>; mayGoOn?: Promise<void> } = {}) =>
  implement(stream, async ({ pieces }, ctx) => {
    await mayBegin
    const writer = ctx.resultStream().getWriter()
    for (let current = 1; current <= pieces; current++) {
      await new Promise((resolve) => setImmediate(resolve))
      if (current > pieces / 2) await mayGoOn
      await writer.write(`line ${current}\n`)
      await ctx.progress({ current, total: pieces })
    }
    await writer.close()
    return undefined
  })

function expected(pieces: number): string {
  return Array.from({ length: pieces }, (_, i) => `line ${i + 1}\n`).join('')
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex')

describe.each(links)('a job whose connection breaks $name', ({ open }) => {
  const options = {
    name: 'test',
    version: '1.0.0',
    auth: staticTokens({ t: 'ada', u: 'bob' }),
    agents: [streamAgent()],
  }

  it('arrives whole, each event once and in order, though the socket was destroyed three times', async () => {
    await using runtime = createRuntime(options)
    await using link = await open(runtime)
    const { dialer, pull } = pullable(link.dialer)
    await using client = await connect(dialer, { token: 't', limits: { backoffMs: 1 } })
    const states: string[] = []
    client.onStateChange((state) => states.push(state))
    const pieces = 600
    const job = await client.submit(stream, { pieces })
    const result = job.result()
    const seqs: number[] = []
    for await (const event of job.events()) {
      seqs.push(event.seq)
      if (event.type === 'job.progress' && event.current % 150 === 0 && event.current < pieces) {
        await droppedOnce(client, pull)
      }
    }
    expect(digest(await result)).toBe(digest(expected(pieces)))
    expect(seqs).toEqual(Array.from({ length: 2 + 2 * pieces + 2 }, (_, i) => i + 1))
    expect(states).toEqual([
      'reconnecting',
      'connected',
      'reconnecting',
      'connected',
      'reconnecting',
      'connected',
    ])
  })

  it('arrives whole where its reader is slow and it is held in between, though the socket was destroyed', async () => {
    let begin = () => {}
    const mayBegin = new Promise<void>((resolve) => {
      begin = resolve
    })
    await using runtime = createRuntime({ ...options, agents: [streamAgent({ mayBegin })] })
    await using link = await open(runtime)
    const { dialer, pull } = pullable(link.dialer)
    const limits = { backoffMs: 1, unreadEvents: 20 }
    await using client = await connect(dialer, { token: 't', limits })
    const pieces = 600
    const job = await client.submit(stream, { pieces })
    const seqs: number[] = []
    begin()
    for await (const event of job.events()) {
      seqs.push(event.seq)
      // Slower than the agent, so that the queue is full most of the time.
      if (event.seq % 5 === 0) await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
      if (event.seq % 300 === 0) await droppedOnce(client, pull)
    }
    expect(seqs).toEqual(Array.from({ length: 2 + 2 * pieces + 2 }, (_, i) => i + 1))
    expect(digest(await job.result())).toBe(digest(expected(pieces)))
  })

  it('is taken up by another client with the saved token, which gets exactly the rest', async () => {
    let goOn = () => {}
    const mayGoOn = new Promise<void>((resolve) => {
      goOn = resolve
    })
    await using runtime = createRuntime({ ...options, agents: [streamAgent({ mayGoOn })] })
    await using link = await open(runtime)
    const { dialer, pull } = pullable(link.dialer)
    const first = await connect(dialer, { token: 't', limits: { reconnectForMs: 0 } })
    const pieces = 300
    const job = await first.submit(stream, { pieces })
    let seen = 0
    const reading = (async () => {
      for await (const event of job.events()) {
        seen = event.seq
        if (event.type === 'job.progress' && event.current === 100) pull()
      }
    })()
    await expect(reading).rejects.toThrow(ConnectionError)

    await using second = await connect(link.dialer, { token: 't' })
    const again = await second.submit(stream, null, { resumeToken: job.resumeToken ?? '', afterSeq: seen })
    expect(again.id).toBe(job.id)
    goOn()
    const rest: number[] = []
    for await (const event of again.events()) rest.push(event.seq)
    // What the agent says, its chunks and their end, and that the owner changed.
    const last = 2 + 2 * pieces + 1 + 1 + 1
    expect(rest).toEqual(Array.from({ length: last - seen }, (_, i) => seen + 1 + i))
    await using stranger = await connect(link.dialer, { token: 'u' })
    const stolen = stranger.submit('stream', null, { resumeToken: job.resumeToken ?? '' })
    await expect(stolen).rejects.toMatchObject({ code: 'RESUME_WINDOW_EXPIRED' })
  })

  it('is watched from its beginning by another client of the same principal, and by no other', async () => {
    await using runtime = createRuntime(options)
    await using link = await open(runtime)
    await using owner = await connect(link.dialer, { token: 't' })
    await using watcher = await connect(link.dialer, { token: 't' })
    const job = await owner.submit(stream, { pieces: 20 })
    const watched = await watcher.subscribe<string>(job.id, { afterSeq: 0 })
    expect(watched.resumeToken).toBeUndefined()
    expect(await watched.result()).toBe(expected(20))
    expect(await job.result()).toBe(expected(20))
    await expect(watched.cancel()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
    await using stranger = await connect(link.dialer, { token: 'u' })
    await expect(stranger.subscribe(job.id)).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
  })
})

it('a job that the runtime has lost rejects when its clients come back, in the words of each', async () => {
  const waiting = agent({ name: 'waiting', version: '1.0.0' })
  const agents = [implement(waiting, (_, { signal }) => once(signal, 'abort'))]
  const options = { name: 'test', version: '1.0.0', auth: staticTokens({ t: 'ada' }), agents }
  await using before = createRuntime(options)
  await using after = createRuntime(options)
  let runtime = before
  const dialer: Dialer = { open: (signal) => memoryDialer(runtime).open(signal) }
  const [owners, watchers] = [pullable(dialer), pullable(dialer)]
  await using owner = await connect(owners.dialer, { token: 't' })
  await using watcher = await connect(watchers.dialer, { token: 't' })
  const job = await owner.submit(waiting, null)
  const watched = await watcher.subscribe(job.id)
  runtime = after
  owners.pull()
  watchers.pull()
  await expect(job.result()).rejects.toMatchObject({ code: 'RESUME_WINDOW_EXPIRED' })
  await expect(watched.result()).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
  await expect(watched.events().next()).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
})
