import { gate, TestClock } from '@arcp/testkit'
import { expect, it } from 'vitest'
import { agentOf } from '../testing/agents'
import { drive, harness, submitted } from '../testing/harness'
import { acknowledging, resuming } from '../testing/hello'
import { childIds, followed, mayDelegate } from '../testing/parent'

const EVENTS = 40

it('R-NUM-1: a child waits for whom its parent was taken up by, who followed it already', async () => {
  const clock = new TestClock()
  const open = gate()
  let said = 0
  const child = agentOf('child', async (_, ctx) => {
    await open.promise
    for (; said < EVENTS; said++) await ctx.thought({ text: 't' })
  })
  const top = agentOf('top', async (_, ctx) => (await ctx.delegate('child', 1)).result())
  await using h = harness({ clock, agents: [top, child], limits: { logEvents: 10 } })
  const first = await drive(clock, h.connect(acknowledging))
  const accepted = await drive(clock, submitted(first, { agent: 'top', lease_request: mayDelegate }))
  await clock.settle()
  const [childId = ''] = childIds(first)

  const heir = h.dial()
  const welcome = await drive(clock, heir.hello(acknowledging))
  const subscribed = await drive(clock, followed(heir, childId))
  await drive(clock, submitted(heir, { resume_token: accepted.payload.resume_token }))
  open.open()
  await clock.settle()
  expect(said).toBeLessThan(EVENTS)
  await heir.close(1006)
  await clock.settle()

  const again = h.dial()
  const cursors = { [childId]: { seq: 0, log_epoch: subscribed.payload.log_epoch } }
  await drive(clock, again.hello({ ...acknowledging, ...resuming(welcome, 0, cursors) }))
  const next = await drive(
    clock,
    again.next(({ job_id }) => job_id === childId),
  )
  expect(next.type).toBe('job.queued')
})
