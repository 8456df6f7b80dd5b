import { connect } from '@arcp/client'
import { agent, isArcpError, type JobEvent } from '@arcp/protocol'
import { type Dialer, memoryDialer, type Transport } from '@arcp/protocol/transport'
import { createRuntime, implement, staticTokens } from '@arcp/runtime'
import { seededRandom } from '@arcp/testkit'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'

const NUMBERS = 400
/** `job.queued`, `job.started` and the end; one more where the agent had to wait. */
const LEAST = NUMBERS + 3

const count = agent({ name: 'count', version: '1.0.0', input: v.object({}) })

const countAgent = implement(count, async (_, ctx) => {
  for (let current = 1; current <= NUMBERS; current++) await ctx.progress({ current })
})

/** Lets that many macrotasks pass. */
async function turns(many: number): Promise<void> {
  for (let n = 0; n < many; n++) await new Promise((resolve) => setImmediate(resolve))
}

/** A way on which frames take that many turns, in both directions and in order. */
function distant(inner: Transport, lag: number): Transport {
  let cut = false
  const line = () => {
    let last = Promise.resolve()
    return (act: () => void) => {
      last = last.then(() => turns(lag)).then(act)
    }
  }
  const [there, back] = [line(), line()]
  return {
    get bufferedBytes() {
      return inner.bufferedBytes
    },
    start: (handler) =>
      inner.start({
        frame: (text) => back(() => cut || handler.frame(text)),
        close: (info) => back(() => handler.close(info)),
        drain: () => handler.drain(),
      }),
    send: (frames) => there(() => inner.send(frames)),
    close(code, reason) {
      cut = code === 1006
      if (cut) inner.close(code, reason)
      else there(() => inner.close(code, reason))
    },
  }
}

describe.each([
  ['that holds everything', 10_000, 0],
  ['that holds everything, far away', 10_000, 2],
  ['that holds less than there is, far away', 100, 2],
])('handles that come late to a job, from a runtime %s', (_, logEvents, lag) => {
  it.each([1, 2, 3, 4])('miss nothing without being told (seed %i)', async (seed) => {
    const random = seededRandom(seed)
    const below = (limit: number) => ((random(1)[0] ?? 0) * limit) >> 8
    await using runtime = createRuntime({
      name: 'far',
      version: '1.0.0',
      auth: staticTokens({ t: 'ada' }),
      agents: [countAgent],
      limits: { ackWindowEvents: 5 + below(100), logEvents },
    })
    let transport: Transport | undefined
    const dialer: Dialer = {
      async open(signal) {
        transport = distant(await memoryDialer(runtime).open(signal), lag)
        return transport
      },
    }
    const limits = { backoffMs: 1, maxBackoffMs: 2, unreadEvents: 4 + below(60) }
    await using client = await connect(dialer, { token: 't', limits })
    const isTold = (error: unknown) => logEvents < NUMBERS && isArcpError(error, 'RESUME_WINDOW_EXPIRED')
    const read = async (events: AsyncIterable<JobEvent>, pace: number): Promise<void> => {
      let due: number | undefined
      try {
        for await (const { seq } of events) {
          expect(seq).toBe(due ?? seq)
          due = seq + 1
          if (pace > 0 && seq % pace === 0) await turns(1 + (pace % 4))
          if (below(200) === 0) transport?.close(1006)
        }
      } catch (error) {
        if (!isTold(error)) throw error
        return
      }
      expect(due).toBeGreaterThan(LEAST)
    }
    const job = await client.submit(count, {})
    const readings = [read(job.events(), below(6))]
    for (let n = 0; n < 4; n++) {
      await turns(below(12))
      const late = [
        () => client.subscribe(job.id),
        () => client.subscribe(job.id, { afterSeq: 0 }),
        () => client.submit(count, {}, { resumeToken: job.resumeToken ?? '', afterSeq: 0 }),
      ]
      const opening = late[below(late.length)]?.()
      if (opening) readings.push(opening.then((handle) => read(handle.events(), below(6))))
    }
    await Promise.all(readings)
  })
})
