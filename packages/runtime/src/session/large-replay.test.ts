import { agent } from '@arcp/protocol'
import { describe, expect, it } from 'vitest'
import { implement } from '../agents/implement'
import { harness } from '../testing/harness'

const EVENTS = 3_000
const chatty = implement(agent({ name: 'chatty', version: '1.0.0' }), async (_, ctx) => {
  for (let current = 1; current <= EVENTS; current++) {
    await ctx.progress({ current, message: 'x'.repeat(100) })
  }
  return 'done'
})
/** Far less than what is to be sent again. */
const limits = { sendBufferBytes: 8_192 }
const all = Array.from({ length: EVENTS + 3 }, (_, i) => i + 1)

describe('a replay larger than any buffer (R-NUM-2)', () => {
  it('reaches one who subscribes from the beginning, whole and in order', async () => {
    await using h = harness({ agents: [chatty], limits })
    const owner = await h.connect()
    owner.request('job.submit', { agent: 'chatty' })
    const { job_id } = await owner.next('job.completed')
    const watcher = await h.connect()
    watcher.request('job.subscribe', { job_id, after_seq: 0 })
    await watcher.next('job.completed')
    const events = watcher.frames.filter(({ event_seq }) => event_seq !== undefined)
    expect(events.map(({ payload }) => payload.seq)).toEqual(all)
    expect(events.map(({ event_seq }) => event_seq)).toEqual(all)
  })

  it.each([
    ['without cursors, under its old numbers', undefined],
    ['after a cursor', 'cursor'],
  ])('reaches a session that is resumed %s', async (_, cursor) => {
    await using h = harness({ agents: [chatty], limits })
    const first = h.dial()
    const welcome = await first.hello()
    first.request('job.submit', { agent: 'chatty' })
    const accepted = await first.next('job.accepted')
    await first.next('job.completed')
    await first.close()
    const place = { [accepted.job_id ?? '']: { seq: 0, log_epoch: accepted.payload.log_epoch } }
    const second = await h.connect({
      resume: {
        session_id: welcome.session_id,
        resume_token: welcome.payload.resume_token,
        last_event_seq: 0,
        ...(cursor ? { cursors: place } : {}),
      },
    })
    await second.next('job.completed')
    const events = second.frames.filter(({ event_seq }) => event_seq !== undefined)
    expect(events.map(({ event_seq, payload }) => [event_seq, payload.seq])).toEqual(all.map((n) => [n, n]))
  })
})
