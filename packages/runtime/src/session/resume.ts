import {
  type ArcpError,
  InvalidRequestError,
  isArcpError,
  JobNotFoundError,
  type JobUnsubscribed,
  ResumeWindowExpiredError,
  type SessionResume,
} from '@arcp/protocol'
import { followPoint } from '../jobs/follow-point'
import type { Job } from '../jobs/job'
import type { JobLog } from '../jobs/log'
import type { Cursor } from './cursor'
import type { Run } from './numbering'
import type { Session } from './session'

/** How a session goes on. */
export interface ResumePlan {
  /** What is sent again, under its old numbers. */
  readonly replay: readonly Run<Cursor>[]
  /** Told after the welcome: cursors that could not be served. */
  readonly refused: readonly JobUnsubscribed[]
  /** How many events are still to be sent, now and from before. */
  readonly missed: number
}

/**
 * Sets a session to where its client says it is: exactly the jobs it names, each after its own number, or, without
 * cursors, everything after the last number it was sent. `docs/protocol.md` §2.
 *
 * @throws INVALID_REQUEST for a number above the last one sent; RESUME_WINDOW_EXPIRED without cursors, where what was
 * sent is no longer all held; INTERNAL_ERROR where too many jobs would be followed
 */
export function planResume(
  session: Session,
  resume: SessionResume,
  jobToFollow: (jobId: string) => Job,
  logEpoch: string,
): ResumePlan {
  const { numbering } = session
  const last = resume.last_event_seq
  if (last > numbering.lastEventSeq) {
    const message = `the last number sent is ${numbering.lastEventSeq}`
    throw new InvalidRequestError(`last_event_seq: ${message}`, {
      details: { issues: [{ path: 'payload.resume.last_event_seq', message }] },
    })
  }
  if (!resume.cursors) {
    const replay = replayAfter(session, last)
    let missed = replay.reduce((sum, { count }) => sum + count, 0)
    for (const cursor of session.cursors()) missed += cursor.log.lastSeq - cursor.lastSeq
    return { replay, refused: [], missed }
  }
  const refused: JobUnsubscribed[] = []
  const points = new Map<string, { readonly job: Job; readonly afterSeq: number }>()
  for (const [jobId, cursor] of Object.entries(resume.cursors)) {
    try {
      const job = jobToFollow(jobId)
      const asked = { after_seq: cursor.seq, log_epoch: cursor.log_epoch }
      points.set(jobId, { job, afterSeq: followPoint(job, asked, logEpoch, 0) })
    } catch (error) {
      refused.push(refusalOf(jobId, error))
    }
  }
  session.checkFollow(points.keys())
  session.followOnly(points, last)
  numbering.restart(last)
  let missed = 0
  for (const { job, afterSeq } of points.values()) {
    session.follow(job, afterSeq)
    missed += job.log.lastSeq - afterSeq
  }
  return { replay: [], refused, missed }
}

function replayAfter(session: Session, last: number): readonly Run<Cursor>[] {
  const runs = session.numbering.runsAfter(last)
  if (!runs?.every(({ owner, firstSeq }) => owner.log.firstSeq <= firstSeq)) {
    throw new ResumeWindowExpiredError('what the session was sent is no longer all held')
  }
  session.numbering.moveTo(last)
  // By log: a job that was followed twice has stretches of a cursor that is no more.
  const missing = new Map<JobLog, number>()
  for (const { owner, firstSeq } of runs) {
    missing.set(owner.log, Math.min(firstSeq, missing.get(owner.log) ?? firstSeq))
  }
  for (const cursor of session.cursors()) {
    cursor.acknowledge((missing.get(cursor.log) ?? cursor.lastSeq + 1) - 1)
  }
  return runs
}

function refusalOf(jobId: string, error: unknown): JobUnsubscribed {
  if (!isArcpError(error)) throw error
  const firstSeq = (error as ArcpError).details?.first_seq
  const gone = typeof firstSeq === 'number' ? { first_seq: firstSeq } : {}
  if (error instanceof JobNotFoundError) return { job_id: jobId, reason: 'not_found' }
  if (isArcpError(error, 'RESUME_WINDOW_EXPIRED')) return { job_id: jobId, reason: 'events_lost', ...gone }
  return { job_id: jobId, reason: 'invalid_cursor' }
}
