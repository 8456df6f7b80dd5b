import { type JobCancel, PermissionDeniedError } from '@arcp/protocol'
import { jobInScope } from '../jobs/scope'
import { checkJobId, type Request } from './request'

/** Answers `job.cancel`, at once, whatever the job's state. `docs/protocol.md` §3. */
export function handleCancel(request: Request<JobCancel>): void {
  const { session, envelope, payload, parts } = request
  checkJobId(request)
  const job = jobInScope(parts.host.jobs, payload.job_id, session.scope)
  if (job.owner !== session.id) {
    throw new PermissionDeniedError('only the session that owns the job may cancel it', {
      details: { job_id: payload.job_id },
    })
  }
  const { id, traceId } = job.facts
  const answer = { request_id: envelope.id, job_id: id, status: job.state }
  session.send('job.cancel_accepted', answer, { job_id: id, trace_id: traceId })
  job.end({ cause: 'cancel', reason: payload.reason })
}
