import { type Clock, type Feature, type Random, systemClock, systemRandom, utf8Length } from '@arcp/protocol'
import type { Logger } from '@arcp/protocol/observe'
import type { Store, StoreIdentity } from '@arcp/protocol/store'
import { type Acceptor, CloseCode, type Peer, type Transport } from '@arcp/protocol/transport'
import type { JSONWebKeySet } from 'jose'
import { AgentRegistry, type Agents } from './agents/registry'
import { atMost } from './at-most'
import { authentication } from './auth/authentication'
import type { Authenticator } from './auth/authenticator'
import { Access } from './authority/access'
import type { Ceiling } from './authority/ceiling'
import { checkedProvisioners } from './authority/credentials/credentials'
import type { CredentialProvisioner } from './authority/credentials/provisioner'
import { type DelegationTokens, delegationTokens } from './authority/delegation/delegation-tokens'
import type { DelegationTokenOptions } from './authority/delegation/options'
import { resolveFsRoot } from './authority/fs-root'
import { defaultLogger } from './default-logger'
import { JobHost } from './jobs/host'
import type { Job } from './jobs/job'
import type { WhenLogFull } from './jobs/log'
import { jobResumeToken } from './jobs/resume-token'
import { type Limits, resolveLimits } from './limits'
import { Observers } from './observers'
import { checkOptions, type RuntimeOptions, resolveWhenLogFull } from './options'
import { pooledRandom } from './pooled-random'
import { RunQueue } from './scheduling/run-queue'
import { Turns } from './scheduling/turns'
import type { Connection } from './session/connection'
import { shakeHands } from './session/handshake'
import { Sessions } from './session/sessions'
import { type CloseOptions, Drain, resolveCloseOptions, shutdownError } from './shutdown'
import { memoryStore } from './store/memory'
import { Tally } from './tally'

/** What this runtime offers in a welcome. */
const FEATURES: readonly Feature[] = [
  'heartbeat',
  'ack',
  'list_jobs',
  'subscribe',
  'lease_expires_at',
  'cost.budget',
  'model.use',
  'progress',
  'result_chunk',
  'agent_versions',
  'typed_events',
]

/** Hosts agents for whoever connects through a listener. */
export interface Runtime extends Acceptor {
  /** The agents it hosts, to add to and to retire from while it runs. */
  readonly agents: Agents
  /**
   * Makes a token by which somebody else acts for a principal, within the agents it names. Given as the token of a hello
   * it opens one session; the jobs of that session are its own, which the principal sees, while the session sees no other
   * job of the principal. `docs/protocol.md` §8.
   *
   * Without options it is for this runtime, good for 5 minutes, with the runtime itself as the one who acts, and signed
   * with the key of `createRuntime`'s `delegation`. It is a secret: whoever has it can use it.
   *
   * @param principal whom the session stands for
   * @param scopes 1 to 100 of `agent:NAME`, `agent:NAME@VERSION` and `*`; `*` inside a name or version stands for any
   * characters
   * @throws TypeError for what no token may say, or more than the limit `delegationTokenSize`
   */
  createDelegationToken(
    principal: string,
    scopes: readonly string[],
    options?: DelegationTokenOptions,
  ): Promise<string>
  /**
   * The public keys by which others verify this runtime's delegation tokens, to be published as a JWK set. Empty where
   * they are signed with a secret.
   */
  delegationKeys(): Promise<JSONWebKeySet>
  /**
   * Ends everything. New jobs and sessions are refused at once. Jobs that run or wait may go on for `drainMs`; what is
   * left then is told to end, and their agents are waited for within `closeMs`. What has not been sent yet is sent,
   * within `closeMs` as well, then each session is told `shutdown` and when to come back. The store is closed at last,
   * and waited for as long.
   *
   * Calling it again waits for the same end, and hurries it: `close()` in the middle of a drain ends that at once.
   *
   * @throws TypeError for a number that is no time; what the store throws when it closes
   */
  close(options?: CloseOptions): Promise<void>
  /** The same as {@link close} without options. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Creates a runtime. It listens to nothing by itself: hand it to a listener of a transport.
 *
 * @throws TypeError when an agent is given twice, a limit is not a positive number, `fsRoot` is no directory, a key or
 * issuer of `delegation` or a provisioner of `credentials` is none, the agents do not fit into a welcome, or there is no
 * such option or limit
 */
export function createRuntime(options: RuntimeOptions): Runtime {
  return new ArcpRuntime(options)
}

class ArcpRuntime implements Runtime {
  readonly agents: Agents
  readonly maxFrameBytes: number
  readonly #parts: RuntimeParts
  readonly #store: Store
  readonly #host: JobHost
  readonly #runQueue: RunQueue
  readonly #delegation: DelegationTokens
  readonly #handshakes = new Set<Connection>()
  readonly #opening: Promise<void>
  /** There are none before the store has opened. */
  #sessions: Sessions | undefined
  #drain: Drain | undefined
  #closing: Promise<void> | undefined
  /** What clients are told as the runtime goes; there since the drain was over. */
  #farewell: { readonly retry_after_ms: number } | undefined

  constructor(options: RuntimeOptions) {
    const parts = partsOf(options)
    const { limits, clock, random, logger } = parts
    this.#parts = parts
    this.maxFrameBytes = limits.maxFrameBytes
    this.#store = options.store ?? memoryStore(random)
    this.#runQueue = new RunQueue(clock)
    const { name, delegation } = options
    this.#delegation = delegationTokens({ ...parts, name, options: delegation })
    const registry = new AgentRegistry(options.agents, listingBytes(options, limits.maxFrameBytes))
    this.agents = registry
    const identity = this.#store.open()
    identity.catch((error: unknown) => logger.error('the store did not open', { error }))
    this.#host = new JobHost({
      ...parts,
      registry,
      store: this.#store,
      identity,
      runQueue: this.#runQueue,
      prepareToken: this.#delegation.prepare,
    })
    this.#opening = identity.then((opened) => {
      this.#sessions = this.#sessionsOf(options, registry, opened)
    })
    this.#opening.catch(() => {})
  }

  accept(transport: Transport, peer: Peer): void {
    const { clock, random, limits, observers, logger } = this.#parts
    const authenticate = authentication(this.#parts.auth, this.#delegation.verifier)
    const connection = shakeHands(transport, peer, {
      auth: async (token, from) => {
        await this.#opening
        return authenticate(token, from)
      },
      clock,
      random,
      limits,
      features: this.#parts.provisioners.length > 0 ? [...FEATURES, 'provisioned_credentials'] : FEATURES,
      onGreeted: (greeting) => {
        // Who has a session here may still want to know how its jobs ended.
        if (this.#drain && !greeting.hello.resume) throw shutdownError()
        this.#sessions?.greet(greeting)
      },
      onRefused: (code, reason, { remoteAddress }, cause) => {
        const address = remoteAddress === undefined ? {} : { remoteAddress }
        observers.observe({ type: 'session.refused', code, reason, ...address })
        const refusal = { code, reason, remoteAddress }
        if (cause === undefined) logger.info('a client was refused', refusal)
        else logger.error('a client was refused, for its hello failed', { ...refusal, error: cause })
      },
      onOver: () => this.#handshakes.delete(connection),
    })
    this.#handshakes.add(connection)
    if (this.#farewell) connection.end('shutdown', CloseCode.goingAway, this.#farewell)
    else if (this.#handshakes.size > limits.handshakes) connection.end('session_limit', CloseCode.goingAway)
  }

  createDelegationToken(
    principal: string,
    scopes: readonly string[],
    options?: DelegationTokenOptions,
  ): Promise<string> {
    return this.#delegation.create(principal, scopes, options)
  }

  delegationKeys(): Promise<JSONWebKeySet> {
    return this.#delegation.keys()
  }

  close(options: CloseOptions = {}): Promise<void> {
    const { drainMs, retryAfterMs } = resolveCloseOptions(options)
    this.#drain ??= new Drain(this.#parts.clock)
    this.#drain.leave(drainMs)
    this.#closing ??= this.#close(this.#drain, retryAfterMs)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #sessionsOf(options: RuntimeOptions, registry: AgentRegistry, identity: StoreIdentity): Sessions {
    const { limits, clock } = this.#parts
    const { jobs } = this.#host
    const jobToken = (job: Job) => {
      job.resumeToken ??= jobResumeToken(identity, job.facts.scope, job.facts.id)
      return job.resumeToken
    }
    const requests = {
      ...this.#parts,
      host: this.#host,
      access: new Access({ ...this.#parts, policy: options.policy ?? {}, jobs }),
      now: () => clock.now(),
      logEpoch: identity.logEpoch,
      secret: identity.secret,
      maxFrameBytes: limits.maxFrameBytes,
      jobToken,
      pendingSubmits: limits.pendingSubmits,
      listings: new Turns<object>(clock, { reason: 'pending_listings', waiting: PENDING_LISTINGS }),
      pendingOfAll: new Tally({
        reason: 'pending_submits',
        all: Number.POSITIVE_INFINITY,
        perPrincipal: limits.pendingSubmitsPerPrincipal,
      }),
      pendingSizes: new Tally({
        reason: 'pending_submit_size',
        all: limits.pendingSubmitSize,
        perPrincipal: limits.pendingSubmitSizePerPrincipal,
      }),
    }
    return new Sessions({
      ...this.#parts,
      runtime: { name: options.name, version: options.version },
      registry,
      jobs,
      runQueue: this.#runQueue,
      requests,
      jobToken,
    })
  }

  async #close(drain: Drain, retryAfterMs: number): Promise<void> {
    const { clock, limits } = this.#parts
    await Promise.race([this.#host.drained(), drain.over])
    drain.end()
    const farewell = { retry_after_ms: retryAfterMs }
    this.#farewell = farewell
    for (const connection of this.#handshakes) connection.end('shutdown', CloseCode.goingAway, farewell)
    await this.#host.close()
    if (this.#sessions) await atMost(clock, limits.closeMs, this.#sessions.flushed())
    this.#sessions?.close(farewell)
    const closed = this.#store.close()
    await Promise.race([closed, atMost(clock, limits.closeMs, closed)])
  }
}

/** Listings of one connection that wait to be answered; one more is refused. */
const PENDING_LISTINGS = 100

/** What a welcome takes at most beside names, versions and agents. */
const WELCOME_BYTES = 1024

function listingBytes({ name, version }: RuntimeOptions, maxFrameBytes: number): number {
  return maxFrameBytes - WELCOME_BYTES - utf8Length(JSON.stringify([name, version]))
}

/** What all parts of a runtime share, every default filled in. */
interface RuntimeParts {
  readonly auth: Authenticator
  readonly ceiling: Ceiling | undefined
  readonly fsRoot: string | undefined
  readonly provisioners: readonly CredentialProvisioner[]
  readonly limits: Limits
  readonly whenLogFull: WhenLogFull
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly observers: Observers
}

function partsOf(options: RuntimeOptions): RuntimeParts {
  checkOptions(options)
  const logger = options.logger ?? defaultLogger
  return {
    auth: options.auth,
    ceiling: options.ceiling,
    fsRoot: resolveFsRoot(options.fsRoot),
    provisioners: checkedProvisioners(options.credentials),
    limits: resolveLimits(options.limits),
    whenLogFull: resolveWhenLogFull(options.whenLogFull),
    clock: options.clock ?? systemClock,
    random: options.random ?? pooledRandom(systemRandom),
    logger,
    observers: new Observers(options.observe, logger),
  }
}
