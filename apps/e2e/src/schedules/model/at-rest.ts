import type { JobModel } from './job-model'
import type { Ledger } from './ledger'
import type { LinkJudge } from './link-judge'
import type { Numbered, SessionModel } from './session-model'

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
  const idle = ledger.queue.atRest()
  if (!storeIsCalm) return
  for (const complaint of idle) ledger.complain(complaint)
  for (const session of ledger.sessions.values()) checkSubmits(ledger, session)
  const clear = links.flatMap(({ judge, isClear }) => {
    const { session, stands } = judge
    return session && stands && isClear ? [{ judge, session }] : []
  })
  for (const link of clear) checkFollowed(ledger, link)
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

/** A session that stands, and what carries it. */
interface Standing {
  readonly judge: LinkJudge
  readonly session: SessionModel
}

/** What the token takes that stands beside `job.started`, at most. */
const TOKEN_SIZE = 200

/** Everything that is durable has been sent, unless something does not fit into the credit: then all may wait for that. */
function checkFollowed(ledger: Ledger, { judge, session }: Standing): void {
  const wants = ({ jobId, seq }: Numbered) => {
    const job = ledger.jobs.get(jobId)
    const token = job?.typeOf(seq) === 'job.started' ? TOKEN_SIZE : 0
    return judge.wantsCreditFor((job?.payloadOf(seq)?.length ?? 0) + token)
  }
  const late: string[] = []
  const again = judge.nextAgain
  let isShort = again !== undefined && wants(again)
  if (again) late.push(`${session.id} was not sent ${again.jobId} ${again.seq} again`)
  for (const [jobId, { to }] of session.following) {
    const durableSeq = ledger.jobs.get(jobId)?.durableSeq ?? 0
    if (to >= durableSeq) continue
    late.push(`${session.id} was sent ${jobId} up to ${to}, but ${durableSeq} is durable`)
  }
  // Whoever wanted credit once, be it for a job left since, waits until something is acknowledged.
  for (const { id: jobId, durableSeq } of late.length > 0 ? ledger.jobs.values() : []) {
    for (let seq = 1; seq <= durableSeq && !isShort; seq++) isShort = wants({ jobId, seq })
  }
  judge.wantsCredit(isShort)
  if (isShort) ledger.coverage.saw('events that wait for credit')
  else for (const complaint of late) ledger.complain(complaint)
}

/** An agent waits only for an owner that has not taken enough yet; and whoever follows is told so. */
function checkJob(ledger: Ledger, job: JobModel, clear: readonly Standing[]): void {
  if (job.forgotten) return
  if (job.state === 'queued') ledger.coverage.saw('a job that waits for its turn')
  const { held } = job
  if (job.durableSeq < job.lastSeq) ledger.complain(`${job.id}: event ${job.durableSeq + 1} is not durable`)
  if (!job.waits) return
  const { whenLogFull } = ledger.limits
  const isForNobody = whenLogFull === 'wait-for-owner' && job.ownerKnown && job.owner === undefined
  const owner = clear.find(({ session }) => session.id === job.owner)?.session
  const has = owner?.following.has(job.id) ? Math.max(owner.has(job.id), held.firstSeq - 1) : undefined
  if (job.ended || isForNobody || whenLogFull === 'let-go' || (has !== undefined && !held.isFullAfter(has)))
    ledger.complain(`${job.id}: its agent waits for nobody; the owner has ${has}`)
  ledger.coverage.saw('an agent that waits')
  const isTold = job.isHeldUp || job.mayBeSilent || ledger.storeHasFailed || job.causes.length > 0
  if (!isTold) ledger.complain(`${job.id}: its agent waits, and nobody is told`)
}
