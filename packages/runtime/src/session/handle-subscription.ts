import type { JobSubscribe, JobSubscribed, JobUnsubscribe } from '@arcp/protocol'
import { followPoint } from '../jobs/follow-point'
import type { Job } from '../jobs/job'
import { checkJobId, type Request } from './request'

/** Answers `job.subscribe`: the job as it stands, then its events. `docs/protocol.md` §3. */
export function handleSubscribe(request: Request<JobSubscribe>): void {
  const { session, envelope, payload, parts } = request
  checkJobId(request)
  const job = parts.access.seen('subscribe', session, payload.job_id)
  const afterSeq = placeOf(request, job)
  const { id, agent, lease, leaseConstraints, budget, traceId, parentJobId } = job.facts
  const answer: JobSubscribed = {
    request_id: envelope.id,
    job_id: id,
    status: job.state,
    ...(job.errorCode === undefined ? {} : { error_code: job.errorCode }),
    agent,
    lease,
    ...(leaseConstraints === undefined ? {} : { lease_constraints: leaseConstraints }),
    ...(budget === undefined ? {} : { budget }),
    parent_job_id: parentJobId ?? null,
    trace_id: traceId,
    first_seq: job.log.firstSeq,
    last_seq: job.log.lastSeq,
    log_epoch: parts.logEpoch,
  }
  session.send('job.subscribed', answer, { job_id: id, trace_id: traceId })
  session.follow(job, afterSeq)
}

/** Where it is to go on. An owner that holds its job and may not come back is waited for no longer. */
function placeOf({ session, payload, parts }: Request<JobSubscribe>, job: Job): number {
  try {
    const afterSeq = followPoint(job, payload, parts.logEpoch, job.log.lastSeq)
    session.checkFollow([job.facts.id])
    return afterSeq
  } catch (error) {
    const follows = [...session.cursors()].some(({ log }) => log === job.log)
    if (!follows) session.letGo(job)
    throw error
  }
}

/** Answers `job.unsubscribe`; leaving a job that is not followed is harmless. */
export function handleUnsubscribe(request: Request<JobUnsubscribe>): void {
  const { session, envelope, payload, parts } = request
  checkJobId(request)
  // Whoever follows a job may leave it, also one that it would not be shown any more.
  const hold = payload.hold === true
  session.leave(payload.job_id, { hold })
  const job = parts.access.seen('unsubscribe', session, payload.job_id)
  if (!hold) session.letGo(job)
  const { id, traceId } = job.facts
  session.send('job.unsubscribed', { request_id: envelope.id, job_id: id }, { job_id: id, trace_id: traceId })
}
