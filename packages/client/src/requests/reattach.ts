import type { JobAccepted } from '@arcp/protocol'
import type { Jobs } from '../jobs/jobs'
import type { Requests } from './requests'

/**
 * Takes up, in a new session, the jobs that were followed in one that is gone: each by its token, or, where this client
 * only watched, by following it again. One that cannot be had any more loses its handles. `docs/protocol.md` §3.
 *
 * @param formerSession which session the jobs belonged to, so that none is taken from another one's hands
 */
export function reattach(requests: Requests, jobs: Jobs, formerSession: string): void {
  for (const job of jobs.followed()) {
    const { from, resumeToken } = job
    const answered = ({
      first_seq,
      resume_token,
    }: Pick<Partial<JobAccepted>, 'first_seq' | 'resume_token'>) => {
      job.owns(resume_token)
      job.movedTo(from.after_seq, first_seq)
    }
    const again =
      resumeToken === undefined
        ? job.subscribe(answered)
        : requests.ask({
            type: 'job.submit',
            payload: { resume_token: resumeToken, from_session: formerSession, ...from },
            answered,
            inTurn: true,
            afterLoss: 'drop',
          })
    again.catch((error) => job.lose(error))
  }
}
