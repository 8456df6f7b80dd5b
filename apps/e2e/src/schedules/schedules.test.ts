import { expect, test } from 'vitest'
import { generate } from './generate'
import { Coverage } from './model/coverage'
import { report } from './report'
import { run } from './run'

/** How many schedules `pnpm test` runs; `pnpm test:soak` asks for more. */
const COUNT = Number(process.env.ARCP_SCHEDULES ?? 2_000)
/** The one to run alone, if there is one. */
const ONLY = process.env.ARCP_SEED

/** What schedules have to lead to, or they prove little. */
const TELLING = [
  'a call that was refused',
  'a cancel of a stranger',
  'a cancel of the owner',
  'a cancel of who does not own',
  'a cursor refused as events_lost',
  'a cursor refused as invalid_cursor',
  'a cursor refused as not_found',
  'a follower told of a loss',
  'a job ended by cancel',
  'a job ended by emit_overflow',
  'a job ended by returned',
  'a job ended by runtime_lost',
  'a job ended by shutdown',
  'a job ended by store_failed',
  'a job ended by threw',
  'a job taken up as an observer',
  'a job taken up by its token',
  'a job that is forgotten',
  'a job that is kept for its key',
  'a job that waits for its turn',
  'a reader told RESUME_WINDOW_EXPIRED',
  'a repeated submit of a former owner',
  'a repeated submit of the owner',
  'a result that is read as a stream',
  'a result that is told',
  'a resume refused with INVALID_REQUEST',
  'a resume refused with RESUME_WINDOW_EXPIRED',
  'a resume that sends again',
  'a resume with a token that was pending',
  'a resume with cursors',
  'a resume with nothing missed',
  'a submit of a known key',
  'a submit refused for queued_jobs',
  'a submit refused for queued_jobs_per_principal',
  'a submit refused with DUPLICATE_KEY',
  'a submit refused with INTERNAL_ERROR',
  'a submit refused with RESUME_WINDOW_EXPIRED',
  'a submit that waited too long',
  'a subscription',
  'a subscription of a stranger',
  'a subscription refused with RESUME_WINDOW_EXPIRED',
  'an acknowledgement of what was never sent',
  'an agent that waits',
  'an event that is read',
  'an owner who changed',
  'an unsubscription',
  'closed: bye',
  'closed: heartbeat_lost',
  'closed: shutdown',
  'closed: slow_consumer',
  'closed: taken_over',
  'closed: token_expired',
  'events that wait for credit',
  'unasked: job.heartbeat',
  'unasked: session.ping',
]

const seeds = ONLY === undefined ? Array.from({ length: COUNT }, (_, at) => at + 1) : [Number(ONLY)]

test(`${seeds.length} schedules hold to the model`, { timeout: 60_000 + seeds.length * 60 }, async () => {
  const coverage = new Coverage()
  for (const seed of seeds) {
    const schedule = generate(seed)
    const { complaints, steps } = await run(schedule, coverage)
    if (complaints.length > 0) expect.fail(await report(schedule, steps))
  }
  if (ONLY === undefined) expect(TELLING.filter((what) => coverage.of(what) === 0)).toEqual([])
})

test('a seed leads to the same frames each time', async () => {
  for (const seed of [1, 2, 3]) {
    const [first, second] = [await run(generate(seed)), await run(generate(seed))]
    expect(first.transcript.length).toBeGreaterThan(10)
    expect(second.transcript).toEqual(first.transcript)
  }
})
