import { agent, type JobEvent } from '@arcp/protocol'
import type { Observation } from '@arcp/protocol/observe'
import { gate } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { implement } from '../agents/implement'
import { acting } from '../testing/acting'
import { agentOf, heldAgent } from '../testing/agents'
import { harness, submitted, terminalOf } from '../testing/harness'
import { followed, mayDelegate, told } from '../testing/parent'
import { expectNoUnhandled } from '../testing/unhandled'
import type { AgentContext } from './context'

expectNoUnhandled()

const submit = { lease_request: mayDelegate }
const typesOf = (events: readonly JobEvent[]) => events.map(({ type }) => type)

async function all(events: AsyncIterable<JobEvent>): Promise<JobEvent[]> {
  const read: JobEvent[] = []
  for await (const event of events) read.push(event)
  return read
}

/** Says so many things, as fast as it may, once it may begin. */
const talkerAfter = (ready: Promise<unknown>) =>
  agentOf('talker', async (count, ctx) => {
    await ready
    for (let current = 1; current <= Number(count); current++) await ctx.progress({ current })
    return 'said'
  })
const talker = talkerAfter(Promise.resolve())
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

/** What a talker said, in events none of which is missing. */
function whatWasSaid(events: readonly JobEvent[]): number[] {
  expect(events.map(({ seq }) => seq)).toEqual(upTo(events.length))
  return events.flatMap((event) => (event.type === 'job.progress' ? [event.current] : []))
}

/** What the agent of a job that may delegate gets. */
function parented<T>(
  act: (ctx: AgentContext) => Promise<T>,
  options: Parameters<typeof acting>[2],
): Promise<{ value?: T; error?: unknown }> {
  return acting(act, submit, options)
}

describe('the events of a child', () => {
  it('come in order, flat, with what is beside their fields, and end with its end', async () => {
    const child = agentOf('child', async (_, ctx) => {
      await ctx.progress({ current: 1, 'x-acme-span': 'a1' })
      await ctx.emit('x-acme.note', [1])
      return 'done'
    })
    const { value } = await parented(async (ctx) => all((await ctx.delegate('child', 1)).events()), {
      agents: [child],
    })
    expect(value).toMatchObject([
      { type: 'job.queued', seq: 1, agent: 'child@1.0.0', position: 0 },
      { type: 'job.started', seq: 2, attempt: 1 },
      { type: 'job.progress', seq: 3, current: 1, 'x-acme-span': 'a1' },
      { type: 'x-acme.note', seq: 4, body: [1] },
      { type: 'job.completed', seq: 5, result: 'done' },
    ])
    expect(JSON.stringify(value)).not.toContain('arj_')
  })

  it('are all there, however many more than a log holds, for who reads them as they come', async () => {
    const ready = gate()
    const { value } = await parented(
      async (ctx) => {
        const child = await ctx.delegate('talker', 500)
        const events = child.events()
        ready.open()
        return [whatWasSaid(await all(events)), await child.result()]
      },
      { agents: [talkerAfter(ready.promise)], limits: { logEvents: 10 } },
    )
    expect(value).toEqual([upTo(500), 'said'])
  })

  it('that are not read make the child wait from the first call on, and no longer than they are wanted', async () => {
    const ready = gate()
    const waits = gate()
    let said = 0
    const counted = agentOf('counted', async (_, ctx) => {
      await ready.promise
      for (let current = 1; current <= 100; current++) {
        await ctx.progress({ current })
        said = current
      }
    })
    const observe = (seen: Observation) => {
      if (seen.type === 'event.appended' && seen.eventType === 'job.status') waits.open()
    }
    const { value } = await parented(
      async (ctx) => {
        const child = await ctx.delegate('counted', null)
        const events = child.events()
        ready.open()
        await waits.promise
        const stalledAt = said
        const first = await events.next()
        await events.return?.()
        await child.result()
        return [stalledAt, first.value.seq, said]
      },
      { agents: [counted], limits: { logEvents: 10 }, observe: { observe } },
    )
    expect(value).toEqual([8, 1, 100])
  })

  it('that nobody reads make no child wait, nor does its owner, until it follows it', async () => {
    const { value } = await parented(
      async (ctx) => {
        const child = await ctx.delegate('talker', 500)
        const result = await child.result()
        const left = await all(child.events())
        return [result, left.length, left.at(-1)?.type]
      },
      { agents: [talker], limits: { logEvents: 10 }, whenLogFull: 'wait' },
    )
    expect(value).toEqual(['said', 10, 'job.completed'])
  })

  it('are read by one at a time, and on from where one has left', async () => {
    const { value } = await parented(
      async (ctx) => {
        const child = await ctx.delegate('talker', 2)
        const first: JobEvent[] = []
        for await (const event of child.events()) {
          first.push(event)
          if (event.type === 'job.started') break
        }
        const rest = child.events()
        const second = await told(Promise.resolve().then(() => child.events()))
        const others = await all(rest)
        return [typesOf(first), second, typesOf(others), typesOf(await all(child.events()))]
      },
      { agents: [talker] },
    )
    expect(value).toEqual([
      ['job.queued', 'job.started'],
      {},
      ['job.progress', 'job.progress', 'job.completed'],
      ['job.completed'],
    ])
  })

  it('end for who waits for one and leaves', async () => {
    const held = heldAgent()
    const { value } = await parented(
      async (ctx) => {
        const events = (await ctx.delegate('held', 1)).events()
        await events.next()
        await events.next()
        const waiting = [events.next(), events.next()]
        await events.return?.()
        const ends = await Promise.all(waiting)
        held.gate.open(null)
        return [ends, await events.next()]
      },
      { agents: [held.implementation] },
    )
    const done = { done: true, value: undefined }
    expect(value).toEqual([[done, done], done])
  })

  it('that the log lets go of while they are read are told to be gone', async () => {
    const ready = gate()
    const { value } = await parented(
      async (ctx) => {
        const child = await ctx.delegate('talker', 100)
        const events = child.events()
        ready.open()
        await child.result()
        return [await told(events.next()), await events.next()]
      },
      { agents: [talkerAfter(ready.promise)], limits: { logEvents: 10 }, whenLogFull: 'let-go' },
    )
    expect(value).toEqual([
      { code: 'RESUME_WINDOW_EXPIRED', details: { first_seq: 94 } },
      { done: true, value: undefined },
    ])
  })

  it('go to its owner, too, who is waited for as well once it follows', async () => {
    const ready = gate()
    const childId = gate<string>()
    const top = agentOf('top', async (_, ctx) => {
      const child = await ctx.delegate('talker', 300)
      childId.open(child.id)
      return whatWasSaid(await all(child.events()))
    })
    await using h = harness({ agents: [top, talkerAfter(ready.promise)], limits: { logEvents: 10 } })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'top', ...submit })
    const id = await childId.promise
    await followed(peer, id)
    ready.open()
    await terminalOf(peer, id)
    const events = peer.frames.filter((frame) => frame.job_id === id && frame.event_seq !== undefined)
    const flat = events.map(({ type, payload }) => ({ type, ...payload }) as unknown as JobEvent)
    expect(whatWasSaid(flat)).toEqual(upTo(300))
    expect((await terminalOf(peer, job_id)).payload.result).toEqual(upTo(300))
  })
})

describe('the result of a child', () => {
  it.each([
    ['a value', undefined, (text: string) => ({ text })],
    ['text', 'text', (text: string) => text],
    ['bytes', 'bytes', (text: string) => new TextEncoder().encode(text)],
  ] as const)(
    'that is %s is put together from its parts, though its log is far smaller',
    async (_, output, of) => {
      const expected = of('ä'.repeat(100_000))
      const large = implement(
        agent({ name: 'large', version: '1.0.0', ...(output && { output }) } as never),
        () => expected as never,
      )
      const { value } = await parented(async (ctx) => (await ctx.delegate('large', 1)).result(), {
        agents: [large],
        limits: { maxFrameBytes: 8_192, logSize: 8_192 },
      })
      expect(value).toEqual(expected)
    },
  )

  it('in parts is held as long as there is room, asked for or not, and only while the child runs', async () => {
    const limit = 600 + 128
    const limits = { childResultBytes: 1_000, childResultBytesPerPrincipal: limit }
    const written = gate()
    const end = gate<unknown>()
    const writer = agentOf('writer', async (size, ctx) => {
      const stream = ctx.resultStream().getWriter()
      await stream.write('x'.repeat(Number(size)))
      if (size !== 600) return undefined
      written.open()
      return end.promise
    })
    const { value } = await parented(
      async (ctx) => {
        const held = await ctx.delegate('writer', 600)
        await written.promise
        const one = await ctx.delegate('writer', 1)
        const refused = await told(one.result())
        await all(one.events())
        held.cancel()
        end.open(null)
        await told(held.result())
        const [other, large] = [await ctx.delegate('writer', 599), await ctx.delegate('writer', 601)]
        return [refused, one.state, String(await other.result()).length, await told(large.result())]
      },
      { agents: [writer], limits },
    )
    const details = { reason: 'child_result_bytes_per_principal', limit, retry_after_ms: 1_000 }
    const refused = { code: 'INTERNAL_ERROR', details }
    expect(value).toEqual([refused, 'completed', 599, refused])
  })

  it('is there however few ended jobs are kept, though many end before it can be read', async () => {
    const ready = gate()
    const { value } = await parented(
      async (ctx) => {
        const children = await Promise.all([1, 2, 3].map((count) => ctx.delegate('talker', count)))
        ready.open()
        return Promise.all(children.map((child) => told(child.result())))
      },
      { agents: [talkerAfter(ready.promise)], limits: { endedJobs: 1 } },
    )
    expect(value).toEqual(['said', 'said', 'said'])
  })

  it('is told to be gone where its end was more than is kept', async () => {
    const large = agentOf('large', () => 'x'.repeat(10_000))
    const { value } = await parented(async (ctx) => told((await ctx.delegate('large', null)).result()), {
      agents: [large],
      limits: { endedLogSize: 5_000 },
    })
    expect(value).toEqual({ code: 'RESUME_WINDOW_EXPIRED' })
  })

  it('is there also where it is asked for late, and the same each time', async () => {
    const { value } = await parented(
      async (ctx) => {
        const child = await ctx.delegate('talker', 3)
        await all(child.events())
        const [one, other] = [child.result(), child.result()]
        return [one === other, await one, child.state]
      },
      { agents: [talker] },
    )
    expect(value).toEqual([true, 'said', 'completed'])
  })

  it('is the error that ended the child; and nothing rejects that nobody asked for', async () => {
    const failing = agentOf('failing', () => {
      throw new Error('a secret')
    })
    const { value } = await parented(
      async (ctx) => {
        const [unread, read] = [await ctx.delegate('failing', 1), await ctx.delegate('failing', 1)]
        await all(unread.events())
        return [unread.state, await read.result().catch((error: Error) => [error.name, error.message])]
      },
      { agents: [failing] },
    )
    expect(value).toEqual(['failed', ['InternalError', 'the agent failed unexpectedly']])
  })

  it('is a CancelledError once it was cancelled, which its agent heeds; a second time nothing', async () => {
    const seen: unknown[] = []
    const heeding = agentOf('heeding', (_, ctx) => {
      return new Promise((resolve) => {
        ctx.signal.addEventListener('abort', () => {
          seen.push(ctx.signal.reason.message)
          resolve(null)
        })
      })
    })
    const { value } = await parented(
      async (ctx) => {
        const child = await ctx.delegate('heeding', 1)
        child.cancel('enough')
        child.cancel('more')
        return [await told(child.result()), child.state]
      },
      { agents: [heeding] },
    )
    expect(seen).toEqual(['enough'])
    expect(value).toEqual([{ code: 'CANCELLED', details: { reason: 'enough' } }, 'cancelled'])
  })

  it('is TIMEOUT for a child that runs longer than it may', async () => {
    const heeding = agentOf(
      'heeding',
      (_, ctx) =>
        new Promise((_resolve, reject) => {
          ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason))
        }),
    )
    const { value } = await parented(
      async (ctx) => told((await ctx.delegate('heeding', 1, { maxRuntimeSec: 0.001 })).result()),
      { agents: [heeding] },
    )
    expect(value).toEqual({ code: 'TIMEOUT' })
  })
})
