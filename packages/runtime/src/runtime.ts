import {
  type Feature,
  InternalError,
  type Random,
  randomIds,
  systemClock,
  systemRandom,
} from '@arcp/protocol'
import type { Logger } from '@arcp/protocol/observe'
import type { Store, StoreIdentity } from '@arcp/protocol/store'
import { type Acceptor, CloseCode, type Peer, type Transport } from '@arcp/protocol/transport'
import { AgentRegistry } from './agents/registry'
import { defaultLogger } from './default-logger'
import { JobHost } from './jobs/host'
import type { Job } from './jobs/job'
import { jobResumeToken } from './jobs/resume-token'
import { Observers } from './observers'
import { type Limits, type RuntimeOptions, resolveLimits } from './options'
import { RunQueue } from './scheduling/run-queue'
import { type Greeting, shakeHands, welcome } from './session/accept'
import type { Connection } from './session/connection'
import type { RequestParts } from './session/request'
import { handleRequest } from './session/requests'
import { Session } from './session/session'
import { memoryStore } from './store/memory'

/** What this runtime offers in a welcome. */
const FEATURES: readonly Feature[] = ['progress', 'result_chunk', 'agent_versions', 'typed_events']

/** Hosts agents for whoever connects through a listener. */
export interface Runtime extends Acceptor {
  /**
   * Ends everything: takes no more connections, tells jobs to end and waits for their agents within `closeMs`, then
   * tells each session `shutdown`. Calling it again waits for the same end.
   */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Creates a runtime. It listens to nothing by itself: hand it to a listener of a transport.
 *
 * @throws TypeError when an agent is given twice, or a limit is not a positive number
 */
export function createRuntime(options: RuntimeOptions): Runtime {
  return new ArcpRuntime(options)
}

/** What a runtime knows once its store has opened. */
interface Opened {
  readonly identity: StoreIdentity
  readonly requests: RequestParts
}

class ArcpRuntime implements Runtime {
  readonly maxFrameBytes: number
  readonly #options: RuntimeOptions
  readonly #limits: Limits
  readonly #clock
  readonly #random: Random
  readonly #logger: Logger
  readonly #observers: Observers
  readonly #store: Store
  readonly #registry: AgentRegistry
  readonly #runQueue: RunQueue
  readonly #host: JobHost
  readonly #sessionIds
  readonly #handshakes = new Set<Connection>()
  readonly #sessions = new Map<string, Session>()
  readonly #opening: Promise<Opened>
  #opened: Opened | undefined
  #closing: Promise<void> | undefined

  constructor(options: RuntimeOptions) {
    this.#options = options
    this.#limits = resolveLimits(options.limits)
    this.maxFrameBytes = this.#limits.maxFrameBytes
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? systemRandom
    this.#logger = options.logger ?? defaultLogger
    this.#observers = new Observers(options.observe, this.#logger)
    this.#store = options.store ?? memoryStore(this.#random)
    this.#registry = new AgentRegistry(options.agents)
    this.#runQueue = new RunQueue(this.#clock)
    this.#host = new JobHost({
      registry: this.#registry,
      store: this.#store,
      runQueue: this.#runQueue,
      clock: this.#clock,
      random: this.#random,
      logger: this.#logger,
      observers: this.#observers,
      limits: this.#limits,
    })
    this.#sessionIds = randomIds('sess', this.#random)
    this.#opening = this.#open()
    this.#opening.catch((error: unknown) => this.#logger.error('the store did not open', { error }))
  }

  accept(transport: Transport, peer: Peer): void {
    const connection = shakeHands(transport, peer, {
      auth: (token, from) => this.#authenticate(token, from),
      clock: this.#clock,
      random: this.#random,
      features: FEATURES,
      limits: this.#limits,
      onGreeted: (greeting, helloId) => this.#openSession(greeting, helloId),
      onRefused: (code, reason, { remoteAddress }) => {
        const address = remoteAddress === undefined ? {} : { remoteAddress }
        this.#observers.observe({ type: 'session.refused', code, reason, ...address })
        this.#logger.info('a client was refused', { code, reason, remoteAddress })
      },
      onOver: () => this.#handshakes.delete(connection),
    })
    this.#handshakes.add(connection)
    if (this.#closing) connection.end('shutdown', CloseCode.goingAway)
    else if (this.#handshakes.size > this.#limits.handshakes)
      connection.end('session_limit', CloseCode.goingAway)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #open(): Promise<Opened> {
    const identity = await this.#store.open()
    this.#opened = {
      identity,
      requests: {
        host: this.#host,
        logger: this.#logger,
        observers: this.#observers,
        now: () => this.#clock.now(),
        logEpoch: identity.logEpoch,
        jobToken: (job) => this.#jobToken(job),
        pendingSubmits: this.#limits.pendingSubmits,
      },
    }
    return this.#opened
  }

  /** Nobody gets in before the store has opened. */
  async #authenticate(token: string, peer: Peer) {
    await this.#opening
    return this.#options.auth(token, peer)
  }

  #openSession({ connection, hello, identity, features }: Greeting, helloId: string): void {
    const opened = this.#opened
    const limit = this.#limits.sessions
    if (!opened || this.#sessions.size >= limit) {
      throw new InternalError('too many sessions', {
        details: { reason: 'sessions', limit, retry_after_ms: 5_000 },
      })
    }
    const session = new Session({
      id: this.#sessionIds(),
      scope: { principal: identity.principal, chain: [] },
      features,
      connection,
      runQueue: this.#runQueue,
      sendBufferBytes: this.#limits.sendBufferBytes,
      jobToken: (job) => this.#jobToken(job),
    })
    this.#sessions.set(session.id, session)
    connection.sessionId = session.id
    connection.handTo({
      receive: (envelope) => handleRequest(session, envelope, opened.requests),
      drained: () => session.drained(),
      closed: () => this.#endSession(session),
    })
    connection.send('session.welcome', this.#welcome(session))
    const { id: sessionId, scope } = session
    this.#observers.observe({ type: 'session.opened', sessionId, scope, client: hello.client, features })
    this.#logger.debug('a session opened', { sessionId, helloId, principal: scope.principal })
  }

  #welcome(session: Session) {
    const { name, version } = this.#options
    return welcome({
      sessionId: session.id,
      runtime: { name, version },
      resumeToken: `ars_${Buffer.from(this.#random(32)).toString('base64url')}`,
      maxFrameBytes: this.#limits.maxFrameBytes,
      acceptedAt: this.#clock.now(),
      features: session.features,
      agents: this.#registry.list(),
    })
  }

  #endSession(session: Session): void {
    if (!this.#sessions.delete(session.id)) return
    session.end()
    const reason = session.connection.endReason ?? 'connection_lost'
    this.#observers.observe({ type: 'session.closed', sessionId: session.id, reason })
  }

  #jobToken(job: Job): string {
    if (!this.#opened) throw new Error('the store has not opened')
    return jobResumeToken(this.#opened.identity, job.facts.scope, job.facts.id)
  }

  async #close(): Promise<void> {
    for (const connection of this.#handshakes) connection.end('shutdown', CloseCode.goingAway)
    await this.#host.close()
    await this.#runQueue.nextTurn()
    for (const session of this.#sessions.values()) session.connection.end('shutdown', CloseCode.goingAway)
    await this.#store.close()
  }
}
