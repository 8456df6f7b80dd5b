import { agent } from '@arcp/protocol'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { implement } from './agents/implement'
import { harness } from './testing/harness'

const echo = implement(agent({ name: 'echo', version: '1.0.0' }), (input) => input)
const count = implement(
  agent({ name: 'count', version: '1.0.0', input: v.object({ to: v.number() }) }),
  async ({ to }, ctx) => {
    for (let current = 1; current <= to; current++) await ctx.progress({ current, total: to })
    return { counted: to }
  },
)

it.each<[object, string]>([
  [{ polcy: {} }, 'polcy'],
  [{ limits: { sesions: 5 } }, 'limits.sesions'],
])('an option there is none of is refused by its name: %j', (options, name) => {
  expect(() => harness(options)).toThrow(new TypeError(`there is no option ${name}`))
})

describe('a whole job', () => {
  it('is accepted, queued, started, makes progress and completes, numbered without a gap', async () => {
    await using h = harness({ agents: [echo, count] })
    const peer = await h.connect()
    const id = peer.request('job.submit', { agent: 'count', input: { to: 3 } })
    const accepted = await peer.next('job.accepted')
    expect(accepted.payload).toMatchObject({ request_id: id, agent: 'count@1.0.0', lease: {}, first_seq: 1 })
    const done = await peer.next('job.completed')
    expect(done.payload).toMatchObject({ seq: 6, result: { counted: 3 } })
    const events = peer.frames.filter((frame) => frame.event_seq !== undefined)
    expect(events.map((frame) => frame.type)).toEqual([
      'job.queued',
      'job.started',
      'job.progress',
      'job.progress',
      'job.progress',
      'job.completed',
    ])
    expect(events.map((frame) => frame.event_seq)).toEqual([1, 2, 3, 4, 5, 6])
    expect(events.map((frame) => frame.payload.seq)).toEqual([1, 2, 3, 4, 5, 6])
    expect(events[1]?.payload.resume_token).toBe(accepted.payload.resume_token)
  })
})
