import type { JobSubmit } from '@arcp/protocol'
import type { Outbox } from '../connection/outbox'
import type { Jobs } from '../jobs/jobs'
import { jobAccepted, jobSubscribed } from '../replies'
import type { Requests } from './requests'

/**
 * Takes up, in a new session, the jobs that were followed in one that is gone: each by its token, or, where this client
 * only watched, by following it again. One that cannot be had any more loses its handles. `docs/protocol.md` §3.
 *
 * @param formerSession which session the jobs belonged to, so that none is taken from another one's hands
 */
export function reattach(
  { outbox, requests }: { readonly outbox: Outbox; readonly requests: Requests },
  jobs: Jobs,
  formerSession: string,
): void {
  for (const { jobId, afterSeq, logEpoch, resumeToken, accepted, refused } of jobs.followed()) {
    const from = { after_seq: afterSeq, log_epoch: logEpoch }
    const again =
      resumeToken === undefined
        ? requests.ask({
            type: 'job.subscribe',
            encode: () => outbox.encode('job.subscribe', { job_id: jobId, ...from }, { job_id: jobId }),
            answer: { type: 'job.subscribed', shape: jobSubscribed },
            answered: () => undefined,
            afterLoss: 'drop',
          })
        : requests.ask({
            type: 'job.submit',
            encode: () => {
              const payload: JobSubmit = { resume_token: resumeToken, from_session: formerSession, ...from }
              return outbox.encode('job.submit', payload)
            },
            answer: { type: 'job.accepted', shape: jobAccepted },
            answered: accepted,
            afterLoss: 'drop',
          })
    again.catch(refused)
  }
}
