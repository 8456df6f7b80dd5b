import type { JobModel } from './job-model'
import type { Ledger } from './ledger'
import type { LinkJudge } from './link-judge'
import type { SessionModel } from './session-model'

/** A link whose frames reach the client without delay. */
export interface ClearLink {
  readonly judge: LinkJudge
  readonly isClear: boolean
}

/**
 * What must hold when nothing is ready to run: nobody waits for an answer, for an event that is durable, or for room
 * that there is.
 *
 * @param storeIsCalm whether the store takes what it is given, and has for a while
 */
export function checkAtRest(ledger: Ledger, links: readonly ClearLink[], storeIsCalm: boolean): void {
  ledger.rests++
  for (const { judge } of links) judge.atRest()
  for (const session of ledger.sessions.values()) checkParked(ledger, session)
  if (!storeIsCalm) return
  for (const session of ledger.sessions.values()) checkSubmits(ledger, session)
  const clear = links.flatMap(({ judge: { session, stands }, isClear }) => {
    return session && stands && isClear ? [session] : []
  })
  for (const session of clear) checkFollowed(ledger, session)
  for (const job of ledger.jobs.values()) checkJob(ledger, job, clear)
}

function checkParked({ limits, clock, complaints }: Ledger, session: SessionModel): void {
  const windowMs = session.heard ? limits.resumeWindowMs : limits.unheardMs
  const isOver = session.isExpired(clock.monotonic(), windowMs)
  if (isOver && !session.ended) complaints.push(`${session.id} is kept longer than ${windowMs} ms`)
}

/** Every submit has been answered, or come to its end in silence; then nobody is told who owns the job now. */
function checkSubmits(ledger: Ledger, session: SessionModel): void {
  for (const submit of session.submits) {
    if (!submit.heardOn.over) ledger.complain(`${session.id} got no answer to ${submit.id}`)
    for (const job of ledger.jobs.values()) if (submit.mayTake(job)) job.ownedBySomeone()
  }
  session.submits = []
}

function checkFollowed(ledger: Ledger, session: SessionModel): void {
  for (const [jobId, { to }] of session.following) {
    const durableSeq = ledger.jobs.get(jobId)?.durableSeq ?? 0
    if (to < durableSeq)
      ledger.complain(`${session.id} was sent ${jobId} up to ${to}, but ${durableSeq} is durable`)
  }
}

/** An agent waits only for an owner that has not taken everything yet. */
function checkJob(ledger: Ledger, job: JobModel, clear: readonly SessionModel[]): void {
  if (job.durableSeq < job.lastSeq) ledger.complain(`${job.id}: event ${job.durableSeq + 1} is not durable`)
  if (!job.waits) return
  const owner = clear.find(({ id }) => id === job.owner)
  const place = owner?.following.get(job.id)
  const isForNobody = job.ownerKnown && job.owner === undefined
  if (job.ended || isForNobody || (place && place.from >= job.durableSeq))
    ledger.complain(`${job.id}: its agent waits for nobody`)
}
