import { type JobCancel, PermissionDeniedError } from '@arcp/protocol'
import { checkJobId, type Request } from './request'

/** Answers `job.cancel`, at once, whatever the job's state. `docs/protocol.md` §3. */
export function handleCancel(request: Request<JobCancel>): void {
  const { session, envelope, payload, parts } = request
  checkJobId(request)
  const { job, allowed } = parts.access.toCancel(session, payload.job_id)
  if (!allowed) {
    throw new PermissionDeniedError('the session that owns the job may cancel it, and no other', {
      details: { job_id: payload.job_id },
    })
  }
  const { id, traceId } = job.facts
  const answer = { request_id: envelope.id, job_id: id, status: job.state }
  session.send('job.cancel_accepted', answer, { job_id: id, trace_id: traceId })
  job.end({ cause: 'cancel', reason: payload.reason })
}
