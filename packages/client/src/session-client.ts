import { type AgentContract, type AgentListing, agreeFeatures, type Feature } from '@arcp/protocol'
import type { Client } from './client'
import type { Connection } from './connection/connection'
import type { ClientState } from './connection/state'
import type { Job } from './jobs/job'
import { type SubmitParts, submitJob } from './requests/submit'
import { type SubmitOptions, submitPayload } from './requests/submit-options'
import { type SubscribeOptions, subscribeJob } from './requests/subscribe'

/** What a {@link SessionClient} needs. */
export interface SessionClientParts extends SubmitParts {
  readonly connection: Connection
  /** The features this client asked for. */
  readonly asked: readonly Feature[]
}

/** A client over one session. */
export class SessionClient implements Client {
  readonly #parts: SessionClientParts

  constructor(parts: SessionClientParts) {
    this.#parts = parts
  }

  get agents(): readonly AgentListing[] {
    return this.#parts.connection.welcome.capabilities.agents
  }

  get runtime(): { readonly name: string; readonly version: string } {
    return this.#parts.connection.welcome.runtime
  }

  get sessionId(): string {
    return this.#parts.connection.welcome.session_id
  }

  get features(): readonly Feature[] {
    return agreeFeatures(this.#parts.asked, this.#parts.connection.welcome.capabilities.features)
  }

  get state(): ClientState {
    return this.#parts.connection.state.current
  }

  onStateChange(listener: (state: ClientState) => void): () => void {
    return this.#parts.connection.state.listen(listener)
  }

  async submit<Result>(
    agent: AgentContract | string,
    input: unknown,
    options: SubmitOptions = {},
  ): Promise<Job<Result>> {
    const payload = submitPayload(agent, input, options)
    return submitJob<Result>(this.#parts, payload, options.traceId, options.signal)
  }

  async subscribe<Result>(jobId: string, options: SubscribeOptions = {}): Promise<Job<Result>> {
    return subscribeJob<Result>(this.#parts, jobId, options)
  }

  close(reason?: string): Promise<void> {
    return this.#parts.connection.close(reason)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
