import {
  InvalidRequestError,
  type JobSubmit,
  parseAgentReference,
  ResumeWindowExpiredError,
} from '@arcp/protocol'
import type { Scope, StoreIdentity } from '@arcp/protocol/store'
import type { Job } from './job'
import type { JobTable } from './job-table'
import { isProven, readJobToken } from './resume-token'
import { sameScope } from './scope'

/**
 * The job a submit's `resume_token` proves. One refusal for unknown, foreign and outdated tokens, so that none of them
 * tells what exists. `docs/protocol.md` §3.
 *
 * @throws RESUME_WINDOW_EXPIRED; INVALID_REQUEST for a session's token, or an agent that is not the job's
 */
export function jobOfToken(jobs: JobTable, submit: JobSubmit, scope: Scope, store: StoreIdentity): Job {
  const token = submit.resume_token ?? ''
  if (token.startsWith('ars_')) {
    throw invalid('resume_token', 'this is the token of a session; it belongs into the hello')
  }
  const claims = readJobToken(token)
  const job = claims && isProven(claims, store, scope) ? jobs.get(claims.jobId) : undefined
  if (!job || claims?.logEpoch !== store.logEpoch || !sameScope(job.facts.scope, scope)) {
    throw new ResumeWindowExpiredError('there is no job to resume by this token')
  }
  if (submit.agent !== undefined && !isAgentOf(job, submit.agent)) {
    throw invalid('agent', `the job is one of ${job.facts.agent}`)
  }
  return job
}

function isAgentOf(job: Job, reference: string): boolean {
  const asked = parseAgentReference(reference)
  const actual = parseAgentReference(job.facts.agent)
  return asked?.name === actual?.name && (asked?.version ?? actual?.version) === actual?.version
}

function invalid(field: string, message: string): Error {
  return new InvalidRequestError(`${field}: ${message}`, {
    details: { issues: [{ path: `payload.${field}`, message }] },
  })
}
