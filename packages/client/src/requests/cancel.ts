import type { JobState } from '@arcp/protocol'
import type { Logger } from '@arcp/protocol/observe'
import { messageOf } from '../failures'
import type { JobHandle } from '../jobs/job-handle'
import type { Requests } from './requests'

/** Asks the runtime to end a job; resolves with the state it was in. `docs/protocol.md` §3. */
export function requestCancel(
  requests: Requests,
  jobId: string,
  reason: string | undefined,
): Promise<JobState> {
  return requests.ask({
    type: 'job.cancel',
    payload: { job_id: jobId, reason },
    answered: ({ status }) => status,
  })
}

/** Cancels the job when `signal` aborts before its end. */
export function cancelOnAbort(handle: JobHandle, signal: AbortSignal, logger: Logger): void {
  const cancel = () => {
    handle.cancel(messageOf(signal.reason)).catch((error: unknown) => {
      logger.warn('job not cancelled', { job_id: handle.id, error })
    })
  }
  if (signal.aborted) cancel()
  else signal.addEventListener('abort', cancel)
  handle.whenEnded(() => signal.removeEventListener('abort', cancel))
}
