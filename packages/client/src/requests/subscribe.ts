import type { JobSubscribe } from '@arcp/protocol'
import type { Job } from '../jobs/job'
import type { Jobs } from '../jobs/jobs'
import { jobSubscribed, jobUnsubscribed } from '../replies'
import type { Requests } from './requests'

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
  { afterSeq, signal }: SubscribeOptions,
): Promise<Job<Result>> {
  return requests.ask({
    type: 'job.subscribe',
    payload: { job_id: jobId, after_seq: jobs.sharedStart(jobId, afterSeq) },
    answer: jobSubscribed,
    answered: (subscribed) => jobs.watch<Result>(subscribed, afterSeq),
    signal,
  })
}

/** Asks to follow again what is followed already. Never settles where the session is lost, for then all is asked anew. */
export function subscribeAgain(
  requests: Requests,
  payload: JobSubscribe,
  answered: () => void,
): Promise<void> {
  return requests.ask({
    type: 'job.subscribe',
    payload,
    answer: jobSubscribed,
    answered,
    afterLoss: 'drop',
  })
}

/** Asks for no more of a job's events until it is subscribed to again; however that is answered. `docs/protocol.md` §3. */
export function holdJob(requests: Requests, jobId: string): void {
  requests
    .ask({
      type: 'job.unsubscribe',
      payload: { job_id: jobId, hold: true },
      answer: jobUnsubscribed,
      answered() {},
      afterLoss: 'drop',
    })
    .catch(() => {})
}
