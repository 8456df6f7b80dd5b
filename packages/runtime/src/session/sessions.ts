import {
  type Random,
  ResumeWindowExpiredError,
  randomIds,
  type SessionResume,
  type Timer,
} from '@arcp/protocol'
import { CloseCode } from '@arcp/protocol/transport'
import type { Authenticated } from '../auth/authentication'
import { Countdown } from '../authority/countdown'
import { replayed, UsedTokens } from '../authority/delegation/used-tokens'
import { ExpiryWatch } from '../authority/expiry-watch'
import type { Job } from '../jobs/job'
import type { JobTable } from '../jobs/job-table'
import { sameScope } from '../jobs/scope'
import { limitReached } from '../limit-reached'
import { longTimer } from '../long-timer'
import type { Observers } from '../observers'
import type { RunQueue } from '../scheduling/run-queue'
import { Tally } from '../tally'
import { bindToken } from './bind-token'
import type { Connection } from './connection'
import type { Greeting } from './handshake'
import { Principals } from './principals'
import type { RequestParts } from './request'
import { handleRequest } from './requests'
import { planResume } from './resume'
import { Session } from './session'
import { SessionTokens } from './tokens'
import { ackWindowOf, type WelcomeParts, welcomeOf } from './welcome'

/** What {@link Sessions} need. */
export interface SessionsParts extends WelcomeParts {
  readonly jobs: JobTable
  readonly runQueue: RunQueue
  readonly random: Random
  readonly observers: Observers
  readonly requests: RequestParts
  readonly jobToken: (job: Job) => string
}

/** How long a session that was never heard after its first welcome is kept without a connection, in milliseconds. */
const UNHEARD_MS = 10_000

/** The sessions of a runtime: opens them, parks those that lost their connection, takes them up again, ends them. */
export class Sessions {
  readonly #parts: SessionsParts
  readonly #sessions = new Map<string, Session>()
  /** Sessions without a connection, longest parked first. */
  readonly #parked = new Map<string, Timer>()
  readonly #principals: Principals
  readonly #subscriptions: Tally
  readonly #usedTokens: UsedTokens
  /** Of the tokens that sessions were opened or resumed with. */
  readonly #expiries: ExpiryWatch
  readonly #ids
  /** Called when a connection may have become able to take more. */
  #stir = () => {}

  constructor(parts: SessionsParts) {
    this.#parts = parts
    this.#ids = randomIds('sess', parts.random)
    const { clock, limits } = parts
    this.#principals = new Principals(clock, limits)
    this.#usedTokens = new UsedTokens(clock, limits)
    this.#expiries = new ExpiryWatch(clock)
    this.#subscriptions = new Tally({
      reason: 'subscriptions',
      all: limits.subscriptions,
      perPrincipal: limits.subscriptionsPerPrincipal,
    })
  }

  /**
   * Answers a hello that has been authenticated: with a new session, or with the one it asks for.
   *
   * @throws what the hello is refused with: RESUME_WINDOW_EXPIRED, INVALID_REQUEST, UNAUTHENTICATED for a delegation
   * token that was used before, or INTERNAL_ERROR at a limit
   */
  greet(greeting: Greeting): void {
    const { resume } = greeting.hello
    if (resume) this.#resume(greeting, resume)
    else this.#open(greeting)
  }

  /** Resolves when every connection has been handed all there is to send. */
  async flushed(): Promise<void> {
    const { runQueue } = this.#parts
    do {
      do await runQueue.nextTurn()
      while (runQueue.isBusy)
    } while (await this.#moreAfterAWhile())
  }

  /** Tells every session why it ends, and when to come back, and ends it. */
  close(farewell: { readonly retry_after_ms: number }): void {
    for (const session of [...this.#sessions.values()]) {
      const former = session.attachment?.connection
      this.#discard(session, 'shutdown')
      former?.end('shutdown', CloseCode.goingAway, farewell)
    }
  }

  /** If something cannot be sent yet, resolves with `true` as soon as that may have changed. */
  async #moreAfterAWhile(): Promise<boolean> {
    const sessions = [...this.#sessions.values()]
    if (!sessions.some(({ attachment }) => attachment?.pump.hasUnsent)) return false
    await new Promise<void>((resolve) => {
      this.#stir = resolve
    })
    return true
  }

  #open({ connection, hello, authenticated, features }: Greeting): void {
    const { limits, observers, random, runQueue, clock, jobToken, jobs } = this.#parts
    const { scope, expiresAt, delegation } = authenticated
    const { principal } = scope
    const unheard = delegation && this.#usedTokens.checkOpening(delegation.singleUse)
    if (unheard !== undefined) this.#replace(unheard)
    if (this.#principals.isFull(principal)) this.#discardUnheard(principal)
    // Whoever is refused for having too many must not cost another one its parked session.
    this.#principals.check(principal)
    if (this.#sessions.size >= limits.sessions) this.#discardOldestParked()
    if (this.#sessions.size >= limits.sessions) throw limitReached('sessions', limits.sessions, 5_000)
    const sessionId = this.#ids()
    // Named one by one: what is spread out has a shape of its own each time, which takes more than it holds.
    const session = new Session({
      runQueue,
      clock,
      jobToken,
      id: sessionId,
      scope,
      features,
      tokens: new SessionTokens(random),
      ackWindow: ackWindowOf(limits),
      sendBufferBytes: limits.sendBufferBytes,
      slowConsumerMs: limits.slowConsumerMs,
      heartbeatMs: limits.heartbeatMs,
      subscriptions: this.#subscriptions,
      onStalled: (by) => observers.observe({ type: 'session.stalled', sessionId, by }),
      onTold: (job) => jobs.told(job),
    })
    this.#sessions.set(session.id, session)
    this.#principals.join(principal)
    if (delegation) bindToken(session, delegation, this.#usedTokens)
    this.#attach(session, connection, expiresAt)
    connection.send('session.welcome', welcomeOf(session, this.#parts))
    session.begin()
    observers.observe({ type: 'session.opened', sessionId, scope, client: hello.client, features })
  }

  #resume({ connection, authenticated }: Greeting, resume: SessionResume): void {
    const { requests, observers } = this.#parts
    const { expiresAt, delegation } = authenticated
    const session = this.#resumable(resume, authenticated)
    const { replay, refused, missed } = planResume(
      session,
      resume,
      (jobId) => requests.access.seen('subscribe', session, jobId),
      requests.logEpoch,
    )
    const former = session.attachment?.connection
    session.detach()
    former?.end('taken_over', CloseCode.normal)
    this.#unpark(session)
    if (delegation) bindToken(session, delegation, this.#usedTokens)
    this.#attach(session, connection, expiresAt, replay)
    connection.send('session.welcome', welcomeOf(session, this.#parts))
    for (const lost of refused) connection.send('job.unsubscribed', lost, { job_id: lost.job_id })
    session.begin()
    observers.observe({
      type: 'session.resumed',
      sessionId: session.id,
      replayed: resume.cursors === undefined,
      missed,
    })
  }

  /** One refusal whatever is wrong, so that it tells nothing of sessions that are not the caller's. */
  #resumable(
    { session_id: sessionId, resume_token }: SessionResume,
    { scope, delegation }: Authenticated,
  ): Session {
    const isUsed = delegation && this.#usedTokens.checkResuming(delegation.singleUse, sessionId)
    const session = this.#sessions.get(sessionId)
    if (session && sameScope(session.scope, scope) && session.tokens.accept(resume_token)) return session
    const isForeign = session && !sameScope(session.scope, scope)
    const reason = session ? (isForeign ? 'foreign_session' : 'wrong_token') : 'unknown_session'
    this.#parts.observers.observe({ type: 'session.resume_refused', sessionId, scope, reason })
    if (isUsed) throw replayed()
    throw new ResumeWindowExpiredError('there is no session to resume by this token')
  }

  /** Ends a session that nothing was heard of, for its client opens another one. */
  #replace(sessionId: string): void {
    const session = this.#sessions.get(sessionId)
    if (!session) return
    const former = session.attachment?.connection
    this.#discard(session, 'replaced')
    former?.end('taken_over', CloseCode.normal)
  }

  #attach(
    session: Session,
    connection: Connection,
    expiresAt: number | undefined,
    replay: Parameters<Session['attach']>[1] = [],
  ): void {
    const { clock, requests } = this.#parts
    connection.sessionId = session.id
    const attachment = session.attach(connection, replay)
    const isCurrent = () => session.attachment === attachment
    const expiry =
      expiresAt === undefined
        ? undefined
        : this.#expiries.watch(new Countdown(clock, expiresAt - clock.now()), () => {
            connection.end('token_expired', CloseCode.policyViolation, { resume: true })
          })
    const rate = this.#principals.rateOf(session.scope.principal)
    /** Whether a frame counts: the connection is the session's, and its principal not too fast. */
    const hear = () => {
      if (!isCurrent()) return false
      if (rate && !rate.take()) {
        connection.end('session_limit', CloseCode.policyViolation, { retry_after_ms: 1_000 })
        return false
      }
      session.heard = true
      if (session.delegated) session.delegated.holder.heard = true
      session.tokens.confirm()
      attachment.received()
      return true
    }
    connection.handTo({
      receive: (envelope, size) => {
        if (!hear()) return
        handleRequest(session, envelope, size, requests)
        this.#stir()
      },
      malformed: () => void hear(),
      drained: () => {
        if (isCurrent()) attachment.pump.drained()
        this.#stir()
      },
      closed: () => {
        expiry?.cancel()
        if (isCurrent()) this.#lost(session, connection)
        this.#stir()
      },
    })
  }

  /** The connection has ended: the client's own close ends the session, anything else parks it. */
  #lost(session: Session, connection: Connection): void {
    const reason = connection.endReason ?? 'connection_lost'
    if (reason === 'bye') this.#discard(session, reason)
    else this.#park(session, reason)
  }

  #park(session: Session, reason: string): void {
    const { clock, limits, observers } = this.#parts
    session.park()
    const windowMs = session.heard ? limits.resumeWindowMs : Math.min(UNHEARD_MS, limits.resumeWindowMs)
    const timer = longTimer(clock, windowMs, () => this.#discard(session, 'resume_window_expired'))
    this.#parked.set(session.id, timer)
    observers.observe({ type: 'session.parked', sessionId: session.id, reason })
    if (this.#parked.size > limits.parkedSessions) this.#discardOldestParked()
  }

  #unpark(session: Session): void {
    this.#parked.get(session.id)?.cancel()
    this.#parked.delete(session.id)
  }

  /** A principal's parked session whose welcome may never have arrived: it would only keep the client from another. */
  #discardUnheard(principal: string): void {
    for (const id of this.#parked.keys()) {
      const session = this.#sessions.get(id)
      if (!session || session.heard || session.scope.principal !== principal) continue
      this.#discard(session, 'replaced')
      return
    }
  }

  #discardOldestParked(): void {
    const [oldest] = this.#parked.keys()
    const session = oldest === undefined ? undefined : this.#sessions.get(oldest)
    if (session) this.#discard(session, 'too_many_parked')
  }

  #discard(session: Session, reason: string): void {
    const { jobs, observers } = this.#parts
    this.#unpark(session)
    if (!this.#sessions.delete(session.id)) return
    this.#principals.leave(session.scope.principal)
    session.end()
    for (const job of jobs.ownedBy(session.id)) jobs.abandon(job)
    observers.observe({ type: 'session.ended', sessionId: session.id, reason })
  }
}
