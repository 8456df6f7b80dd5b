import type { Jobs } from '../jobs/jobs'
import { jobAccepted, jobSubscribed } from '../replies'
import type { Requests } from './requests'

/**
 * Takes up, in a new session, the jobs that were followed in one that is gone: each by its token, or, where this client
 * only watched, by following it again. One that cannot be had any more loses its handles. `docs/protocol.md` §3.
 *
 * @param formerSession which session the jobs belonged to, so that none is taken from another one's hands
 */
export function reattach(requests: Requests, jobs: Jobs, formerSession: string): void {
  for (const { jobId, from, resumeToken, answered, refused } of jobs.followed()) {
    const then = { answered, afterLoss: 'drop' } as const
    const again =
      resumeToken === undefined
        ? requests.ask({
            type: 'job.subscribe',
            payload: { job_id: jobId, ...from },
            header: { job_id: jobId },
            answer: jobSubscribed,
            ...then,
          })
        : requests.ask({
            type: 'job.submit',
            payload: { resume_token: resumeToken, from_session: formerSession, ...from },
            answer: jobAccepted,
            inTurn: true,
            ...then,
          })
    again.catch(refused)
  }
}
