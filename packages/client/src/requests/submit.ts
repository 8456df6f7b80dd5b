import type { JobSubmit } from '@arcp/protocol'
import type { Logger, Observer } from '@arcp/protocol/observe'
import type { Job } from '../jobs/job'
import type { Jobs } from '../jobs/jobs'
import { cancelOnAbort } from './cancel'
import type { Requests } from './requests'
import type { SubmitOptions } from './submit-options'
import { watchSubmit } from './watch-submit'

/** What {@link submitJob} needs. */
export interface SubmitParts {
  readonly requests: Requests
  readonly jobs: Jobs
  readonly logger: Logger
  readonly observer: Observer | undefined
}

/** Asks the runtime for a job; its handle stands before its first event is looked at. `docs/protocol.md` §3. */
export function submitJob<Result>(
  { requests, jobs, logger, observer }: SubmitParts,
  payload: JobSubmit,
  { traceId, signal }: Pick<SubmitOptions, 'traceId' | 'signal'>,
): Promise<Job<Result>> {
  const watched = observer && watchSubmit(observer, { agent: payload.agent, traceId }, logger)
  const asked = requests.ask({
    type: 'job.submit',
    payload,
    header: { trace_id: traceId ?? watched?.traceId, extensions: watched?.extensions },
    answered: (accepted) => {
      const handle = jobs.add<Result>(accepted, payload)
      if (watched) handle.whenEnded(() => watched.ended?.(handle.error, handle.id))
      if (signal) cancelOnAbort(handle, signal, logger)
      return handle
    },
    inTurn: true,
    // Only a key makes sure that the job is not made twice; a token makes none.
    afterLoss: (payload.idempotency_key ?? payload.resume_token) ? 'resend' : undefined,
    signal,
  })
  if (watched) asked.catch((error) => watched.ended?.(error))
  return asked
}
