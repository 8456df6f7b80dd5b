import { InvalidRequestError, ResumeWindowExpiredError } from '@arcp/protocol'
import type { Job } from './job'

/** Where a follower wants to go on. */
export interface FollowRequest {
  /** Events with a greater `seq` follow; 0 for all that are held. */
  readonly after_seq?: number
  readonly log_epoch?: string
}

/**
 * The number after which a job's events follow. `whenAbsent` counts where none was asked for. An ended job always
 * yields its terminal. `docs/protocol.md` §3.
 *
 * @throws INVALID_REQUEST for a number above the newest event; RESUME_WINDOW_EXPIRED with `first_seq` for one below
 * what is held, or for another history
 */
export function followPoint(job: Job, asked: FollowRequest, logEpoch: string, whenAbsent: number): number {
  const { firstSeq, lastSeq } = job.log
  const { after_seq: afterSeq, log_epoch: epoch } = asked
  if (epoch !== undefined && epoch !== logEpoch) throw expired(job, 'the job has another history by now')
  if (afterSeq !== undefined && afterSeq > lastSeq) {
    const message = `the job's newest event is ${lastSeq}`
    throw new InvalidRequestError(`after_seq: ${message}`, {
      details: { issues: [{ path: 'payload.after_seq', message }], last_seq: lastSeq },
    })
  }
  if (afterSeq && afterSeq + 1 < firstSeq) throw expired(job, `the job's events before ${firstSeq} are gone`)
  const held = Math.max(afterSeq ?? whenAbsent, firstSeq - 1)
  return job.endedAt === undefined ? held : Math.min(held, lastSeq - 1)
}

function expired(job: Job, message: string): Error {
  return new ResumeWindowExpiredError(message, { details: { first_seq: job.log.firstSeq } })
}
