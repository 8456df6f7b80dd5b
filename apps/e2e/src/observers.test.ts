import type { JobEvent } from '@arcp/protocol'
import { agent } from '@arcp/protocol'
import { implement } from '@arcp/runtime'
import { describe, expect, it } from 'vitest'
import { manyLinks } from './links'
import { stage } from './stage'

const OBSERVERS = 50
const EVENTS = 1_000

/** Emits when it is told to. */
function chatty() {
  let begin = () => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const implementation = implement(agent({ name: 'chatty', version: '1.0.0' }), async (_, ctx) => {
    await begun
    for (let current = 0; current < EVENTS; current++) await ctx.progress({ current })
    return 'said'
  })
  return { implementation, begin: () => begin() }
}

async function read(events: AsyncIterable<JobEvent>): Promise<string[]> {
  const seen: string[] = []
  for await (const event of events) {
    seen.push(`${event.seq} ${event.type}${event.type === 'job.progress' ? ` ${event.current}` : ''}`)
  }
  return seen
}

describe.each(manyLinks)('$name', (link) => {
  it('50 observers of one job each receive all of its 1,000 events and its result, in order and once', async () => {
    const { implementation, begin } = chatty()
    await using here = await stage(link, { agents: [implementation] })
    const owner = await here.connect()
    const job = await owner.submit('chatty', null)
    const watching = await Promise.all(
      Array.from({ length: OBSERVERS }, async () => {
        const client = await here.connect()
        return client.subscribe(job.id, { afterSeq: 0 })
      }),
    )
    const all = [job, ...watching].map(async (each) => ({
      seen: await read(each.events()),
      result: await each.result(),
    }))
    begin()
    const expected = ['1 job.queued', '2 job.started']
    for (let current = 0; current < EVENTS; current++) expected.push(`${current + 3} job.progress ${current}`)
    expected.push(`${EVENTS + 3} job.completed`)
    for (const { seen, result } of await Promise.all(all)) {
      expect(seen).toEqual(expected)
      expect(result).toBe('said')
    }
  })

  it('a client lists the jobs of others of its identity, and follows what it finds', async () => {
    const { implementation, begin } = chatty()
    await using here = await stage(link, { agents: [implementation] })
    const owner = await here.connect()
    const jobs = await Promise.all([1, 2, 3].map(() => owner.submit('chatty', null)))
    const watcher = await here.connect()
    const found: string[] = []
    const results: unknown[] = []
    for await (const { job_id, status } of watcher.listJobs({ agent: 'chatty', status: ['running'] })) {
      expect(status).toBe('running')
      found.push(job_id)
      const followed = await watcher.subscribe(job_id)
      results.push(followed.result())
    }
    expect(found.sort()).toEqual(jobs.map(({ id }) => id).sort())
    begin()
    expect(await Promise.all(results)).toEqual(['said', 'said', 'said'])
    const stranger = await here.connect({ token: 'bobs' })
    for await (const { job_id } of stranger.listJobs()) expect.unreachable(job_id)
  })
})
