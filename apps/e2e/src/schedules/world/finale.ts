import type { JobModel } from '../model/job-model'
import type { Ledger } from '../model/ledger'
import { PRINCIPALS, type World } from './world'

/** Longer than anything a runtime waits for but the life of an ended job. */
const LONG_MS = 61_000
/** That of a job with an idempotency key, which is longer than that of others. */
const KEYED_JOBS_MS = 24 * 60 * 60_000

/**
 * Everything comes to its end: agents return, whoever may see a job reads all of it, sessions end, jobs are forgotten.
 * Nothing may be left then but an idle runtime.
 */
export async function drain(world: World): Promise<void> {
  const { ledger, clock } = world
  await recover(world)
  for (const { session } of world.clients) if (session?.acks !== undefined) session.acks = 1
  for (const client of world.standing) client.acknowledge()
  for (const app of world.apps) app.finish()
  await endAll(world)
  await world.pass(LONG_MS)
  for (const app of world.apps) for (const complaint of app.complaints()) ledger.complain(complaint)
  await audit(world)
  await endAll(world)
  cutStalled(world)
  for (const client of world.standing) client.request('session.close', {})
  for (const app of world.apps) app.close()
  await endAll(world)
  await world.pass(LONG_MS * 2)
  for (const session of ledger.sessions.values()) {
    if (!session.ended) ledger.complain(`${session.id} has not ended`)
  }
  for (const job of ledger.jobs.values()) {
    if ((!job.ended || !job.hasTerminal) && !waitsForAnyone(ledger, job))
      ledger.complain(`${job.id} has not ended`)
  }
  await world.pass(KEYED_JOBS_MS)
  for (const job of ledger.jobs.values()) {
    if (!job.forgotten && !waitsForAnyone(ledger, job)) ledger.complain(`${job.id} is not forgotten`)
  }
  const isIdle = [...ledger.jobs.values()].every(({ ended }) => ended)
  if (isIdle && clock.timers > 0) ledger.complain(`an idle runtime keeps ${clock.timers} timers`)
}

/** The runtime is closed, in full swing or idle: every job gets its terminal, every session is told. */
export async function close(world: World): Promise<void> {
  const { ledger, runtime } = world
  ledger.closing = true
  await closed(world, runtime.close())
  for (const job of ledger.jobs.values()) {
    if (!job.hasTerminal) ledger.complain(`${job.id} has no terminal`)
  }
  for (const { judge } of world.links) {
    if (judge.stands) ledger.complain(`${judge.name} was not closed`)
  }
}

/** The store works again, and so does every link that is not gone for good. */
async function recover(world: World): Promise<void> {
  world.store.heal()
  await world.pass(100)
  cutStalled(world)
  await world.pass(20_000)
}

function cutStalled(world: World): void {
  for (const { far } of world.links) if (far.isStalled) far.cut()
}

/** Agents return, and those that have waited for their turn behind them. */
async function endAll(world: World): Promise<void> {
  for (let ended = -1; ended < world.puppets.length; ) {
    ended = world.puppets.length
    for (const puppet of world.puppets) puppet.end('returns')
    await world.pass(1_000)
  }
}

/** Nobody knows how to take it up, and its agent may wait until somebody does. */
function waitsForAnyone({ limits }: Ledger, { token, owner }: JobModel): boolean {
  return limits.whenLogFull === 'wait' && token === undefined && owner === undefined
}

/** Each principal reads every job there is from its beginning, and learns nothing of others'. */
async function audit(world: World): Promise<void> {
  for (const { token } of [PRINCIPALS[0], PRINCIPALS[2]]) {
    const auditor = world.open(token, { heartbeat: false, acks: 1 }, {})
    auditor.hello()
    await world.pass(100)
    for (const [job_id, job] of world.ledger.jobs) {
      const { token: resume_token, principal } = job
      const takesUp = resume_token !== undefined && principal === auditor.judge.principal && !job.ended
      if (takesUp) auditor.request('job.submit', { resume_token, after_seq: 0 })
      else auditor.request('job.subscribe', { job_id, after_seq: 0 })
    }
    await world.pass(100)
  }
}

async function closed(world: World, closing: Promise<void>): Promise<void> {
  const { clock, ledger, store } = world
  let isClosed = false
  void closing.then(() => {
    isClosed = true
  })
  for (let second = 0; second < 20 && !isClosed; second++) {
    await clock.settle()
    if (!isClosed) clock.advance(1_000)
  }
  if (!isClosed) ledger.complain('the runtime does not close')
  store.heal()
  for (const client of world.clients) client.close()
  for (const app of world.apps) app.close()
  await clock.elapse(20_000)
  if (clock.timers > 0) ledger.complain(`a closed runtime keeps ${clock.timers} timers`)
}
