import { memoryPair } from '@arcp/protocol/transport'
import { gate } from '@arcp/testkit'
import { expect, it } from 'vitest'
import { agentOf } from '../testing/agents'
import { harness } from '../testing/harness'
import { heapUsed } from '../testing/heap'
import { acknowledging, hello } from '../testing/hello'

const WARM = 4_000
const EVENTS = 20_000

it('R-MEM-2 an event that was acknowledged leaves nothing behind, though two jobs alternate', async () => {
  const begun = gate()
  const warm = gate()
  const measured = gate()
  let said = 0
  const talker = agentOf('talker', async (_, ctx) => {
    await begun.promise
    for (let current = 0; current < WARM / 2; current++) await ctx.progress({ current })
    warm.open()
    await measured.promise
    for (let current = 0; current < EVENTS / 2; current++) {
      await ctx.progress({ current })
      said++
    }
  })
  await using h = harness({
    agents: [talker],
    limits: { logEvents: 100, ackWindowEvents: 1, messagesPerSecond: 1_000_000 },
  })
  const [near, far] = memoryPair()
  const ended = gate()
  let requests = 0
  const send = (type: string, payload: object) =>
    near.send([JSON.stringify({ arcp: '1.1', id: `r${requests++}`, type, payload })])
  let last = 0
  let ends = 0
  near.start({
    frame(text) {
      const { type, event_seq } = JSON.parse(text)
      if (type === 'session.welcome')
        for (let job = 0; job < 2; job++) send('job.submit', { agent: 'talker' })
      if (type === 'job.started') begun.open()
      if (type === 'job.completed' && ++ends === 2) ended.open()
      if (event_seq === undefined) return
      expect(event_seq).toBe(++last)
      send('session.ack', { last_processed_seq: last })
    },
    close() {},
    drain() {},
  })
  h.runtime.accept(far, { transport: 'memory' })
  send('session.hello', { ...hello, ...acknowledging })

  await warm.promise
  const before = heapUsed()
  measured.open()
  await ended.promise
  const grown = heapUsed() - before
  expect(said).toBe(EVENTS)
  expect(grown / EVENTS, 'bytes for each event').toBeLessThan(10)
})
