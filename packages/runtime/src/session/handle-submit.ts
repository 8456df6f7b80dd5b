import {
  formatTimestamp,
  type JobAccepted,
  type JobSubmit,
  ResumeWindowExpiredError,
  readTraceContext,
} from '@arcp/protocol'
import type { Submitted } from '../jobs/host'
import { limitReached } from '../limit-reached'
import { jobForgotten } from './recent-submits'
import type { Request } from './request'

/** Answers `job.submit`; `refuse` answers what could not be taken. `docs/protocol.md` §3. */
export function handleSubmit(request: Request<JobSubmit>, refuse: (error: unknown) => void): void {
  const { session, envelope, size, payload, parts } = request
  const { host, pendingSubmits: limit, pendingOfAll, pendingSizes } = parts
  const { principal } = session.scope
  const carrier = session.attachment
  if (!carrier || carrier.unanswered.has(envelope.id)) return
  const again = session.submits.get(envelope.id, (jobId) => host.jobs.get(jobId))
  if (!again) {
    if (session.pendingSubmits >= limit) throw limitReached('pending_submits', limit)
    session.checkFollow([''])
    pendingOfAll.check(principal)
    pendingSizes.check(principal, size)
  }
  carrier.unanswered.add(envelope.id)
  const admission =
    again ??
    host.submit({
      submit: payload,
      submitId: envelope.id,
      traceId: envelope.trace_id,
      traceContext: readTraceContext(envelope),
      sessionId: session.id,
      scope: session.scope,
      mandate: session.delegated?.mandate,
      isLive: () => !session.ended,
    })
  if (!again) {
    session.submitTaken()
    pendingOfAll.add(principal)
    pendingSizes.add(principal, size)
    session.submits.add(envelope.id, admission, session.pendingSubmits)
  }
  // An answer goes where its request came from: over another connection the client asks again, and is answered there.
  const isCarried = () => session.attachment === carrier
  const answered = () => {
    carrier.unanswered.delete(envelope.id)
    if (again) return
    session.submitAnswered()
    pendingOfAll.subtract(principal)
    pendingSizes.subtract(principal, size)
  }
  session.answered = answerInTurn(session.answered, admission, {
    accept(submitted) {
      answered()
      if (isCarried()) attempt(() => accept(request, submitted), refuse)
      else if (submitted.job.owner === session.id) submitted.job.log.release(submitted.afterSeq)
    },
    refuse(error) {
      answered()
      if (isCarried()) refuse(error)
    },
  })
}

/** Refuses a malformed submit when those before it have been answered, if as many may wait. */
export function refuseInTurn(
  { session, parts }: Pick<Request<unknown>, 'session' | 'parts'>,
  refuse: () => void,
): void {
  const carrier = session.attachment
  if (session.pendingSubmits === 0 || session.pendingSubmits >= parts.pendingSubmits) {
    refuse()
    return
  }
  session.submitTaken()
  session.answered = session.answered.then(() => {
    session.submitAnswered()
    if (session.attachment === carrier) refuse()
  })
}

/** Answers come in the order of the requests, however long each admission takes. */
async function answerInTurn(
  earlier: Promise<void>,
  admission: Promise<Submitted>,
  answer: { accept(submitted: Submitted): void; refuse(error: unknown): void },
): Promise<void> {
  const outcome = admission.then(
    (submitted) => () => answer.accept(submitted),
    (error: unknown) => () => answer.refuse(error),
  )
  await earlier
  const tell = await outcome
  tell()
}

/** What fails at the answer fails this submit, and none of those that come after it. */
function attempt(act: () => void, refuse: (error: unknown) => void): void {
  try {
    act()
  } catch (error) {
    refuse(error)
  }
}

function accept(
  { session, envelope, payload, parts }: Request<JobSubmit>,
  { job, resumed, afterSeq }: Submitted,
): void {
  const owner = job.owner === session.id
  const credentials = owner ? job.credentials?.toWire() : undefined
  const { id, agent, lease, leaseConstraints, budget, traceId, createdAt, parentJobId } = job.facts
  if (!parts.host.jobs.get(id)) throw forgotten(payload, id)
  session.checkFollow([id])
  const answer: JobAccepted = {
    request_id: envelope.id,
    job_id: id,
    agent,
    lease,
    ...(leaseConstraints === undefined ? {} : { lease_constraints: leaseConstraints }),
    ...(budget === undefined ? {} : { budget }),
    ...(credentials?.length ? { credentials } : {}),
    accepted_at: formatTimestamp(createdAt),
    trace_id: traceId,
    ...(owner ? { resume_token: parts.jobToken(job) } : { owner }),
    first_seq: job.log.firstSeq,
    log_epoch: parts.logEpoch,
    ...(resumed ? { resumed } : {}),
    ...(parentJobId === undefined ? {} : { parent_job_id: parentJobId }),
  }
  session.send('job.accepted', answer, { job_id: id, trace_id: traceId })
  // Whoever wants all that is held has it from here on; it may have become less since the submit was taken.
  session.follow(job, payload.after_seq ? afterSeq : Math.max(afterSeq, job.log.firstSeq - 1))
}

/** Its answer had to wait for those before it, and meanwhile the job was kept no longer. */
function forgotten({ resume_token: token }: JobSubmit, jobId: string): Error {
  if (token === undefined) return jobForgotten(jobId)
  return new ResumeWindowExpiredError('there is no job to resume by this token')
}
