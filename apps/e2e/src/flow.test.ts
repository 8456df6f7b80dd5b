import { createHash } from 'node:crypto'
import { agent, type JobEvent } from '@arcp/protocol'
import type { Observer } from '@arcp/protocol/observe'
import { type AgentContext, implement } from '@arcp/runtime'
import { collect } from '@arcp/testkit'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { links } from './links'
import { stage } from './stage'

const count = agent({ name: 'count', version: '1.0.0', input: v.object({ to: v.number() }) })
const large = agent({
  name: 'large',
  version: '1.0.0',
  input: v.object({ pieces: v.number() }),
  output: 'bytes',
})

const PIECE = 64 * 1024

/** The piece of a large result with this number. */
function piece(number: number): Uint8Array {
  return new Uint8Array(PIECE).fill(number % 251)
}

function digestOfPieces(pieces: number): string {
  const hash = createHash('sha256')
  for (let number = 0; number < pieces; number++) hash.update(piece(number))
  return hash.digest('hex')
}

/** Counts up, a progress event for each number. */
const countAgent = implement(count, async ({ to }, ctx) => {
  for (let current = 1; current <= to; current++) await ctx.progress({ current, total: to })
  return to
})

/** The same, once it may: whoever wants all of its events can be there before them. */
function gatedCount() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const gated = implement(count, async (input, ctx) => {
    await opened
    return countAgent.run(input, ctx)
  })
  return { gated, open: () => open() }
}

/** Streams a large result, and tells how much of it the runtime has taken. */
function largeAgent(written: { pieces: number }) {
  return implement(large, async ({ pieces }, ctx: AgentContext) => {
    const writer = ctx.resultStream().getWriter()
    for (let number = 0; number < pieces; number++) {
      await writer.write(piece(number))
      written.pieces = number + 1
    }
    await writer.close()
    return undefined
  })
}

async function seqsOf(events: AsyncIterable<JobEvent>): Promise<number[]> {
  return (await collect(events)).map(({ seq }) => seq)
}

const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1)

/** What a runtime observes, and a promise of the first agent that has to wait, as its job's log says. */
function backPressure() {
  let tell = () => {}
  const waits = new Promise<void>((resolve) => {
    tell = resolve
  })
  const observer: Observer = {
    observe: (seen) => {
      if (seen.type === 'event.appended' && seen.eventType === 'job.status') tell()
    },
  }
  return { waits, observe: observer }
}

describe.each(links)('what is not read $name', (link) => {
  it('R-OBS-10 two jobs, only one of them read: the read one finishes, and the other later', async () => {
    await using scene = await stage(link, { agents: [countAgent], limits: { logEvents: 1_000 } })
    const client = await scene.connect()
    const unread = await client.submit(count, { to: 5_000 })
    const stalled = unread.events()
    const first = await stalled.next()
    const read = await client.submit(count, { to: 5_000 })
    const events = await collect(read.events())
    expect(events.map(({ seq }) => seq)).toEqual(upTo(events.length))
    const numbers = events.flatMap((event) => (event.type === 'job.progress' ? [event.current] : []))
    expect(numbers).toEqual(upTo(5_000))
    expect(await read.result()).toBe(5_000)
    const held = (await collect(client.listJobs())).find(({ job_id }) => job_id === unread.id)
    expect(held?.status).toBe('running')
    const rest = await seqsOf(stalled)
    expect([first.value?.seq, ...rest]).toEqual(upTo(rest.length + 1))
    expect(await unread.result()).toBe(5_000)
  })

  it('holds up nobody where it is not asked for: the result alone comes, whatever its events', async () => {
    await using scene = await stage(link, { agents: [countAgent], limits: { logEvents: 1_000 } })
    const client = await scene.connect()
    const job = await client.submit(count, { to: 10_000 })
    expect(await job.result()).toBe(10_000)
    const untouched = await client.submit(count, { to: 10_000 })
    const other = await scene.connect()
    const watched = await other.subscribe<number>(untouched.id, { afterSeq: 0 })
    expect(await watched.result()).toBe(10_000)
  })

  it('R-MEM-7 a paused reader pauses the writer, by bytes; then the result is whole', async () => {
    const written = { pieces: 0 }
    const mib = 1024 * 1024
    const { waits, observe } = backPressure()
    const agents = [largeAgent(written)]
    await using scene = await stage(link, { agents, limits: { logSize: mib }, observe })
    const client = await scene.connect({ limits: { unreadBytes: mib } })
    const pieces = 400
    const job = await client.submit(large, { pieces })
    const progress: number[] = []
    job.onResultProgress((bytes) => progress.push(bytes))
    const stream = job.resultStream()
    await waits
    // What waits here, a window under way (4 MiB), and the log; all in base64 where it is text.
    expect(written.pieces * PIECE).toBeLessThan(7 * mib)
    const hash = createHash('sha256')
    for await (const bytes of stream) hash.update(bytes)
    expect(hash.digest('hex')).toBe(digestOfPieces(pieces))
    expect(progress.at(-1)).toBe(pieces * PIECE)
    expect(written.pieces).toBe(pieces)
  })

  it('R-MEM-7 a paused reader of events pauses their agent, and misses none of them', async () => {
    const { waits, observe } = backPressure()
    const { gated, open } = gatedCount()
    await using scene = await stage(link, { agents: [gated], limits: { logEvents: 500 }, observe })
    const client = await scene.connect({ limits: { unreadEvents: 100 } })
    const job = await client.submit(count, { to: 20_000 })
    const events = job.events()
    const seqs = [(await events.next()).value?.seq]
    open()
    await waits
    seqs.push(...(await seqsOf(events)))
    // The agent's waiting is told once, as an event of its own.
    expect(seqs).toEqual(upTo(20_004))
  })

  it('R-CHK-1 a large result comes whole as a promise, and as a stream to whoever watches', async () => {
    const written = { pieces: 0 }
    await using scene = await stage(link, { agents: [largeAgent(written)] })
    const client = await scene.connect()
    const pieces = 160
    const job = await client.submit(large, { pieces })
    const watched = await client.subscribe(job.id, { afterSeq: 0 })
    const hash = createHash('sha256')
    const streaming = (async () => {
      for await (const bytes of watched.resultStream()) hash.update(bytes)
    })()
    const whole = (await job.result()) as Uint8Array
    expect(createHash('sha256').update(whole).digest('hex')).toBe(digestOfPieces(pieces))
    await streaming
    expect(hash.digest('hex')).toBe(digestOfPieces(pieces))
  })

  it('of two handles of a job, the slow one lags alone and both get everything', async () => {
    const { gated, open } = gatedCount()
    await using scene = await stage(link, { agents: [gated] })
    const client = await scene.connect({ limits: { unreadEvents: 500 } })
    const job = await client.submit(count, { to: 3_000 })
    const fast = seqsOf(job.events())
    const second = await client.subscribe(job.id, { afterSeq: 0 })
    const slow = second.events()
    const first = await slow.next()
    open()
    expect(await fast).toEqual(upTo(3_003))
    expect([first.value?.seq, ...(await seqsOf(slow))]).toEqual(upTo(3_003))
  })

  it('waits in the runtime for an application that acknowledges by itself', async () => {
    await using scene = await stage(link, { agents: [countAgent], limits: { ackWindowEvents: 10 } })
    const client = await scene.connect({ acknowledge: 'manual' })
    const job = await client.submit(count, { to: 100 })
    const events = job.events()
    const seqs: number[] = []
    for (let n = 0; n < 10; n++) {
      const { value } = await events.next()
      if (value) seqs.push(value.seq)
    }
    let eleventh = false
    const next = events.next().then((result) => {
      eleventh = true
      return result
    })
    // A round trip: whatever the runtime was going to send by itself is here by then.
    await client.listJobs().next()
    expect(eleventh).toBe(false)
    client.acknowledge()
    const { value } = await next
    if (value) seqs.push(value.seq)
    for await (const event of events) {
      seqs.push(event.seq)
      client.acknowledge(event)
    }
    expect(seqs).toEqual(upTo(103))
  })
})

describe.each(links)('a list of jobs $name', (link) => {
  it('is read a page at a time, newest first, as far as it is wanted', async () => {
    await using scene = await stage(link, { agents: [countAgent] })
    const client = await scene.connect()
    const ids: string[] = []
    for (let n = 0; n < 120; n++) {
      const job = await client.submit(count, { to: 0 })
      await job.result()
      ids.push(job.id)
    }
    const listed = await collect(client.listJobs({ status: ['completed'], agent: 'count' }))
    expect(listed.map(({ job_id }) => job_id).sort()).toEqual(ids.sort())
    const created = listed.map(({ created_at }) => created_at)
    expect(created).toEqual([...created].sort().reverse())
    for await (const job of client.listJobs()) {
      expect(job).toEqual(listed[0])
      break
    }
    expect(await collect(client.listJobs({ status: ['failed'] }))).toEqual([])
    await expect(client.listJobs({ agent: 'Not a name' }).next()).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
  })
})
