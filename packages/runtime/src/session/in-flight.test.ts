import type { Transport } from '@arcp/protocol/transport'
import { gate } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { agentOf } from '../testing/agents'
import { harness } from '../testing/harness'
import { waitUntil } from '../testing/wait-until'

/** A transport that takes what it is given and, once told to, delivers none of it: as a network just before it breaks. */
function lossy(inner: Transport) {
  let loses = false
  let drained = () => {}
  const transport: Transport = {
    start(handler) {
      drained = () => handler.drain()
      inner.start({
        frame: (text) => handler.frame(text),
        close: (info) => handler.close(info),
        drain: () => handler.drain(),
      })
    },
    send(frames) {
      if (loses) queueMicrotask(drained)
      else inner.send(frames)
    },
    close: (code, reason) => inner.close(code, reason),
    get bufferedBytes() {
      return loses ? 0 : inner.bufferedBytes
    },
  }
  return {
    transport,
    lose: () => {
      loses = true
    },
  }
}

const EVENTS = 40

/** `job.queued`, `job.started`, what it says, that it had to wait, and `job.completed`. */
const ALL = EVENTS + 4

/** Says eight things, and the rest when told to. */
function chatty() {
  const more = gate()
  let said = 0
  const implementation = agentOf('chatty', async (_, ctx) => {
    for (; said < EVENTS; said++) {
      if (said === 8) await more.promise
      await ctx.progress({ current: said })
    }
  })
  return { implementation, more, said: () => said }
}

describe('events that were under way when the connection broke', () => {
  it.each([
    ['with cursors', true],
    ['without cursors', false],
  ])('are there when the session is resumed %s, though the job went on', async (_, named) => {
    const { implementation, more, said } = chatty()
    await using h = harness({ agents: [implementation], limits: { logEvents: 10 } })
    let lose = () => {}
    const first = h.dial((far) => {
      const link = lossy(far)
      lose = link.lose
      return link.transport
    })
    const welcome = await first.hello()
    first.request('job.submit', { agent: 'chatty' })
    const accepted = await first.next('job.accepted')
    const { event_seq } = await first.next('job.started')
    lose()
    await waitUntil(() => said() === 8)
    await first.close()
    more.open()
    let turns = 0
    await waitUntil(() => turns++ === 20)

    const second = h.dial()
    const { session_id, payload } = welcome
    const cursors = { [accepted.job_id ?? '']: { seq: 2, log_epoch: accepted.payload.log_epoch } }
    const resume = { session_id, resume_token: payload.resume_token, last_event_seq: event_seq }
    await second.hello({ resume: named ? { ...resume, cursors } : resume })
    await second.next('job.completed')
    const seqs = second.frames.filter((f) => f.event_seq !== undefined).map((f) => f.payload.seq)
    expect(seqs).toEqual(Array.from({ length: ALL - 2 }, (_, i) => i + 3))
  })
})

describe('a job that waits at a full log', () => {
  it.each([
    ['with cursors', true],
    ['without cursors', false],
  ])('goes on when its owner, who has everything, comes back %s', async (_, named) => {
    const { implementation, more, said } = chatty()
    await using h = harness({ agents: [implementation], limits: { logEvents: 10 } })
    const first = h.dial()
    const welcome = await first.hello()
    first.request('job.submit', { agent: 'chatty' })
    const accepted = await first.next('job.accepted')
    const last = await first.next(({ payload }) => payload.seq === 10)
    await first.close()
    more.open()
    let turns = 0
    await waitUntil(() => turns++ === 20)
    expect(said()).toBe(8)

    const second = h.dial()
    const { session_id, payload } = welcome
    const cursors = { [accepted.job_id ?? '']: { seq: 10, log_epoch: accepted.payload.log_epoch } }
    const resume = { session_id, resume_token: payload.resume_token, last_event_seq: last.event_seq }
    await second.hello({ resume: named ? { ...resume, cursors } : resume })
    await second.next('job.completed')
    expect(said()).toBe(EVENTS)
  })
})
