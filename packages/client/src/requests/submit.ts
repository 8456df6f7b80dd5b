import type { JobSubmit } from '@arcp/protocol'
import type { Logger } from '@arcp/protocol/observe'
import type { Job } from '../jobs/job'
import type { Jobs } from '../jobs/jobs'
import { jobAccepted } from '../replies'
import { cancelOnAbort } from './cancel'
import type { Requests } from './requests'
import type { SubmitOptions } from './submit-options'

/** What {@link submitJob} needs. */
export interface SubmitParts {
  readonly requests: Requests
  readonly jobs: Jobs
  readonly logger: Logger
}

/** Asks the runtime for a job; its handle stands before its first event is looked at. `docs/protocol.md` §3. */
export function submitJob<Result>(
  { requests, jobs, logger }: SubmitParts,
  payload: JobSubmit,
  { traceId, signal }: Pick<SubmitOptions, 'traceId' | 'signal'>,
): Promise<Job<Result>> {
  return requests.ask({
    type: 'job.submit',
    payload,
    traceId,
    answer: jobAccepted,
    answered: (accepted) => {
      const handle = jobs.add<Result>(accepted, payload.after_seq)
      if (signal) cancelOnAbort(handle, signal, logger)
      return handle
    },
    inTurn: true,
    // Only a key makes sure that the job is not made twice; a token makes none.
    afterLoss: (payload.idempotency_key ?? payload.resume_token) ? 'resend' : undefined,
    signal,
  })
}
