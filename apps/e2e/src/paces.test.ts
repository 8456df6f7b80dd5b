import { connect } from '@arcp/client'
import { agent, type JobEvent } from '@arcp/protocol'
import { createRuntime, implement, staticTokens } from '@arcp/runtime'
import { seededRandom } from '@arcp/testkit'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { manyLinks } from './links'
import { pullable } from './pullable'

const NUMBERS = 800

const count = agent({ name: 'count', version: '1.0.0', input: v.object({}) })

/** Counts up, leaving others their turn every now and then. */
const countAgent = implement(count, async (_, ctx) => {
  for (let current = 1; current <= NUMBERS; current++) {
    await ctx.progress({ current, total: NUMBERS })
    if (current % 50 === 0) await turns(1)
  }
  return NUMBERS
})

/** Lets that many macrotasks pass. */
async function turns(many: number): Promise<void> {
  for (let n = 0; n < many; n++) await new Promise((resolve) => setImmediate(resolve))
}

describe.each(manyLinks)('readers of one job, each at a pace of its own $name', ({ open }) => {
  it.each([1, 2, 3, 4, 5, 6])('miss nothing, though the connection breaks (seed %i)', async (seed) => {
    const random = seededRandom(seed)
    const below = (limit: number) => ((random(1)[0] ?? 0) * limit) >> 8
    await using runtime = createRuntime({
      name: 'paces',
      version: '1.0.0',
      auth: staticTokens({ t: 'ada' }),
      agents: [countAgent],
      limits: { ackWindowEvents: 20 + below(200) },
    })
    await using link = await open(runtime)
    const { dialer, pull } = pullable(link.dialer)
    const limits = { backoffMs: 1, unreadEvents: 4 + below(60) }
    await using client = await connect(dialer, { token: 't', limits })
    const breaks = new Set(Array.from({ length: 6 }, () => 1 + below(200) * 4))
    const read = async (events: AsyncIterable<JobEvent>, pace: number): Promise<number[]> => {
      const seqs: number[] = []
      for await (const { seq } of events) {
        seqs.push(seq)
        if (pace > 0 && seq % pace === 0) await turns(1 + (pace % 3))
        if (breaks.delete(seq)) pull()
      }
      return seqs
    }
    const job = await client.submit(count, {})
    const readings = [read(job.events(), below(6))]
    for (let n = 0; n < 2; n++) {
      const handle = await client.subscribe(job.id, { afterSeq: 0 })
      readings.push(read(handle.events(), below(6)))
    }
    for (const seqs of await Promise.all(readings)) {
      // What came before someone read it may have gone, the oldest first.
      const [first = 0] = seqs
      expect(seqs).toEqual(Array.from({ length: NUMBERS + 4 - first }, (_, n) => first + n))
    }
    expect(await job.result()).toBe(NUMBERS)
  })
})
