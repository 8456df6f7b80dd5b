import { refuseOthers } from '@arcp/protocol'
import type { Job } from '../jobs/job'
import type { Jobs } from '../jobs/jobs'
import type { Requests } from './requests'
import { expectFinite } from './submit-options'

/** Options of {@link Client.subscribe}. */
export interface SubscribeOptions {
  /** Events after this number follow, 0 for all that are held. Default: only what comes from now on. */
  readonly afterSeq?: number
  /** Rejects the call when it aborts. */
  readonly signal?: AbortSignal
}

/** Asks to follow a job that exists; its handle stands before its first event is looked at. `docs/protocol.md` §3. */
export function subscribeJob<Result>(
  { requests, jobs }: { readonly requests: Requests; readonly jobs: Jobs },
  jobId: string,
  { afterSeq, signal, ...others }: SubscribeOptions,
): Promise<Job<Result>> {
  refuseOthers(others)
  expectFinite({ afterSeq })
  const place = jobs.sharedStart(jobId, afterSeq)
  return requests.ask({
    type: 'job.subscribe',
    payload: { job_id: jobId, after_seq: place },
    answered: (subscribed) => jobs.watch<Result>(subscribed, afterSeq, place),
    signal,
  })
}
