import type { RawFrame } from '@arcp/testkit'
import { numberOf, textOf } from './frame'
import type { JobModel } from './job-model'
import type { Ledger } from './ledger'
import type { Place } from './session-model'

/** What someone who wants to follow a job asks for. */
export interface FollowRequest {
  readonly after_seq?: number | undefined
  readonly log_epoch?: string | undefined
}

export function followRequestOf(payload: RawFrame['payload']): FollowRequest {
  return { after_seq: numberOf(payload, 'after_seq'), log_epoch: textOf(payload, 'log_epoch') }
}

/** Why the request has to be refused now, if it has to be. */
export function followRefusal(ledger: Ledger, job: JobModel, asked: FollowRequest): string | undefined {
  const { after_seq = 0, log_epoch = ledger.logEpoch } = asked
  const isGone = after_seq > 0 && after_seq + 1 < job.held.firstSeq
  if (isGone || log_epoch !== ledger.logEpoch) return 'RESUME_WINDOW_EXPIRED'
  return after_seq > job.lastSeq ? 'INVALID_REQUEST' : undefined
}

/** Whether the answer refuses the request for events that are gone, which may be so. */
export function tellsOfLoss(ledger: Ledger, job: JobModel, asked: FollowRequest, answer: RawFrame): boolean {
  const { code, details } = answer.payload as { code?: string; details?: { first_seq?: number } }
  const { after_seq = 0 } = asked
  const firstSeq = details?.first_seq ?? 0
  if (code !== 'RESUME_WINDOW_EXPIRED' || after_seq === 0 || after_seq + 1 >= firstSeq) return false
  ledger.check(job.held.holdsFrom(firstSeq))
  ledger.coverage.saw('a request for events that are gone')
  return true
}

/**
 * Where whoever asks stands: not before what is held, and in an ended job not after its terminal.
 *
 * @param hadEnded whether the job had ended when the place was taken; `undefined` if that is not known
 */
export function placeOf(
  job: JobModel,
  { after_seq }: FollowRequest,
  whenAbsent: number,
  hadEnded: boolean | undefined = job.ended,
): Place {
  const from = Math.max(after_seq ?? whenAbsent, job.held.firstSeq - 1)
  const to = after_seq ? from : Math.max(from, job.held.mayBeGone)
  const beforeLast = job.lastSeq - 1
  return {
    from: hadEnded === false ? from : Math.min(from, beforeLast),
    to: hadEnded === true ? Math.min(to, beforeLast) : to,
  }
}
