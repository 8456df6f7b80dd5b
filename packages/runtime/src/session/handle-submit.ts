import { formatTimestamp, InternalError, type JobAccepted, type JobSubmit } from '@arcp/protocol'
import type { Job } from '../jobs/job'
import type { Request } from './request'

/** Answers `job.submit`; `refuse` answers what could not be taken. `docs/protocol.md` §3. */
export function handleSubmit(request: Request<JobSubmit>, refuse: (error: unknown) => void): void {
  const { session, envelope, payload, parts } = request
  const { host, pendingSubmits: limit } = parts
  if (session.pendingSubmits >= limit) {
    throw new InternalError('too many submits wait for their answer', {
      details: { reason: 'pending_submits', limit, retry_after_ms: 1_000 },
    })
  }
  session.pendingSubmits++
  const admission = host.submit({
    submit: payload,
    submitId: envelope.id,
    traceId: envelope.trace_id,
    sessionId: session.id,
    scope: session.scope,
  })
  session.answered = answerInTurn(session.answered, admission, (job) => accept(request, job), refuse).finally(
    () => {
      session.pendingSubmits--
    },
  )
}

/** Answers come in the order of the requests, however long each admission takes. */
async function answerInTurn(
  earlier: Promise<void>,
  admission: Promise<Job>,
  accept: (job: Job) => void,
  refuse: (error: unknown) => void,
): Promise<void> {
  const [, outcome] = await Promise.allSettled([earlier, admission])
  if (outcome.status === 'fulfilled') accept(outcome.value)
  else refuse(outcome.reason)
}

function accept({ session, envelope, parts }: Request<JobSubmit>, job: Job): void {
  const { id, agent, lease, traceId, createdAt, parentJobId } = job.facts
  const answer: JobAccepted = {
    request_id: envelope.id,
    job_id: id,
    agent,
    lease,
    accepted_at: formatTimestamp(createdAt),
    trace_id: traceId,
    resume_token: parts.jobToken(job),
    first_seq: job.log.firstSeq,
    log_epoch: parts.logEpoch,
    ...(parentJobId === undefined ? {} : { parent_job_id: parentJobId }),
  }
  session.connection.send('job.accepted', answer, { job_id: id, trace_id: traceId })
  session.follow(job, 0)
}
