import type { RawFrame } from '@arcp/testkit'
import { numberOf } from './frame'
import type { JobModel } from './job-model'
import type { Ledger } from './ledger'
import type { SessionModel } from './session-model'

const TERMINAL = /^job\.(completed|failed|cancelled)$/

/** Judges an event a session is sent under this number; notes what is wrong with it. */
export function judgeEvent(ledger: Ledger, session: SessionModel, frame: RawFrame, eventSeq: number): void {
  const { type, payload, job_id } = frame
  const job = ledger.jobs.get(job_id ?? '')
  const seq = numberOf(payload, 'seq') ?? 0
  const context = `${session.id}: ${type} ${frame.id}: `
  if (job?.principal !== session.principal) {
    ledger.complain(`${context}${session.principal} may not know of ${job_id}`)
    return
  }
  const check = (complaint: string | undefined) => ledger.check(complaint, context)
  if (seq > job.durableSeq) check(`event ${seq} is sent, but only ${job.durableSeq} is durable`)
  check(session.number(eventSeq, job, seq, TERMINAL.test(type)))
  check(contentComplaint(job, seq, frame))
  check(tokenComplaint(ledger, session, job, frame))
}

/** Every follower is told what the store holds, to the letter; `job.started` may have the token beside it. */
function contentComplaint(job: JobModel, seq: number, { type, payload }: RawFrame): string | undefined {
  const { resume_token: _, ...known } = payload
  const text = JSON.stringify(known)
  if (type === job.typeOf(seq) && text === job.payloadOf(seq)) return undefined
  return `sent ${text}, but logged ${job.typeOf(seq)} ${job.payloadOf(seq)}`
}

/** The owner, and nobody else, is told the token. */
function tokenComplaint(
  ledger: Ledger,
  session: SessionModel,
  job: JobModel,
  { type, payload: { resume_token: token } }: RawFrame,
): string | undefined {
  if (token !== undefined && token !== (job.token ?? token)) return `has the token of another job`
  if (!job.ownerKnown || ledger.isTakenUpNow(job)) return undefined
  const isDue = type === 'job.started' && job.owner === session.id
  return isDue === (token !== undefined) ? undefined : `tells ${token}; ${job.owner} owns ${job.id}`
}
