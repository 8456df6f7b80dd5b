import type { Ledger } from './ledger'
import type { LinkJudge } from './link-judge'
import type { SessionModel } from './session-model'

/** A link whose frames reach the client without delay. */
export interface ClearLink {
  readonly judge: LinkJudge
  readonly isClear: boolean
}

/**
 * What must hold when nothing is ready to run: nobody waits for an answer, and nobody for an event that is durable.
 *
 * @param storeIsCalm whether the store takes what it is given, and has for a while
 */
export function checkAtRest(ledger: Ledger, links: readonly ClearLink[], storeIsCalm: boolean): void {
  ledger.rests++
  for (const { judge } of links) judge.atRest()
  for (const job of ledger.jobs.values()) {
    if (storeIsCalm && job.durableSeq < job.lastSeq)
      ledger.complain(`${job.id}: event ${job.durableSeq + 1} is not durable`)
  }
  for (const { judge, isClear } of links) {
    const { session } = judge
    if (!judge.stands || !session) continue
    for (const [jobId, { to }] of isClear && storeIsCalm ? session.following : []) {
      const durableSeq = ledger.jobs.get(jobId)?.durableSeq ?? 0
      if (to >= durableSeq) continue
      ledger.complain(`${session.id} was sent ${jobId} up to ${to}, but ${durableSeq} is durable`)
    }
  }
  for (const session of ledger.sessions.values()) {
    if (storeIsCalm) forgetSubmits(ledger, session)
    const { resumeWindowMs, unheardMs } = ledger.limits
    const windowMs = session.heard ? resumeWindowMs : unheardMs
    const isOver = session.isExpired(ledger.clock.monotonic(), windowMs)
    if (isOver && !session.ended) ledger.complain(`${session.id} is kept longer than ${windowMs} ms`)
  }
}

/** Every submit has been answered, or come to its end in silence; then nobody is told who owns the job now. */
function forgetSubmits(ledger: Ledger, session: SessionModel): void {
  for (const submit of session.submits) {
    if (!submit.heardOn.over) ledger.complain(`${session.id} got no answer to ${submit.id}`)
    for (const job of ledger.jobs.values()) if (submit.mayTake(job)) job.ownedBySomeone()
  }
  session.submits = []
}
