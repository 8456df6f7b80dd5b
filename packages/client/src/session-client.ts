import { type AgentContract, agreeFeatures, type Feature } from '@arcp/protocol'
import type { Client } from './client'
import type { Connection } from './connection/connection'
import type { Intake } from './connection/intake'
import type { Job } from './jobs/job'
import { listJobs } from './requests/list-jobs'
import { type SubmitParts, submitJob } from './requests/submit'
import { type SubmitOptions, submitPayload } from './requests/submit-options'
import { subscribeJob } from './requests/subscribe'

/** What {@link sessionClient} needs. */
export interface SessionClientParts extends SubmitParts {
  readonly connection: Connection
  readonly intake: Intake
  /** The features this client asked for. */
  readonly features: readonly Feature[]
}

/** A client over one session. */
export function sessionClient(parts: SessionClientParts): Client {
  const { connection } = parts
  return {
    get agents() {
      return connection.welcome.capabilities.agents
    },
    get runtime() {
      return connection.welcome.runtime
    },
    get sessionId() {
      return connection.welcome.session_id
    },
    get features() {
      return agreeFeatures(parts.features, connection.welcome.capabilities.features)
    },
    get state() {
      return connection.state.current
    },
    onStateChange: (listener) => connection.state.listen(listener),
    async submit<Result>(
      agent: AgentContract | string,
      input: unknown,
      options: SubmitOptions = {},
    ): Promise<Job<Result>> {
      return submitJob<Result>(parts, submitPayload(agent, input, options), options)
    },
    subscribe: async (jobId, options = {}) => subscribeJob(parts, jobId, options),
    listJobs: (filter) => listJobs(parts.requests, filter),
    acknowledge: (event) => parts.intake.acknowledge(event),
    close: (reason) => connection.close(reason),
    [Symbol.asyncDispose]: () => connection.close(),
  }
}
