import { ConnectionError, type IdSource, type SessionResume, type SessionWelcome } from '@arcp/protocol'
import type { Dialer, Transport } from '@arcp/protocol/transport'
import type { Settings } from '../options'
import { attempt } from './attempt'
import { backoff } from './backoff'
import { type Break, failed, interruption, lost } from './breaks'
import type { SessionHandler } from './handshake'
import { Link } from './link'
import type { Outbox } from './outbox'
import { StateKeeper } from './state'
import { onWake } from './wake'

/** How a session comes to stand: for the first time, again as it was, or in place of one that is gone. */
export type Arrival = 'new' | 'resume' | 'replace'

/** Whom a {@link Connection} tells what happens. */
export interface Receiver {
  /** A session stands; its frames follow. */
  welcomed(welcome: SessionWelcome, how: Arrival): void
  /** A frame has arrived. @returns why the connection cannot go on, if so */
  frame(text: string): Break | undefined
  /** The runtime is to say that it is there. */
  ping(): void
  /** Where the session stands, for the runtime to go on from. */
  position(): Omit<SessionResume, 'resume_token'>
  /** The connection has broken; another one is being sought. */
  interrupted(): void
  /** The connection has ended, for good. */
  ended(error: Error): void
}

/** What a {@link Connection} needs. */
export interface ConnectionParts extends Settings {
  readonly dialer: Dialer
  readonly ids: IdSource
  readonly outbox: Outbox
  readonly receiver: Receiver
}

/** A connection that lasted this long, in milliseconds, makes up for the failures before it. */
const STABLE_MS = 5_000

/** A client's way to its runtime: opened once, found again when it breaks, ended once. `docs/protocol.md` §2. */
export class Connection {
  readonly state: StateKeeper
  /** The last one; there is one from {@link open} on. */
  welcome!: SessionWelcome
  readonly #parts: ConnectionParts
  readonly #over = new AbortController()
  #link: Link | undefined
  #closing: Promise<void> | undefined
  /** Attempts since there was a stable connection, the last one that succeeded among them. */
  #attempts = 0
  /** Since when, by the monotonic clock, there has been no stable connection. */
  #brokenSince = 0
  /** Ends the wait before the next attempt. */
  #hurry: () => void = () => {}

  constructor(parts: ConnectionParts) {
    this.#parts = parts
    this.state = new StateKeeper(parts.logger)
  }

  /** Opens the session. Throws what {@link attempt} throws; nothing is tried twice. */
  async open(outer: AbortSignal | undefined): Promise<void> {
    await this.#attempt('new', outer)
    const woke = () => {
      this.#hurry()
      this.#link?.probe()
    }
    onWake(woke, this.#over.signal)
  }

  /** Ends the session, as the runtime confirms or does not within its time, and then the transport. */
  close(reason?: string): Promise<void> {
    this.#closing ??= this.#sayGoodbye(reason)
    return this.#closing
  }

  #attempt(how: Arrival, outer: AbortSignal | undefined): Promise<void> {
    const parts = this.#parts
    const welcomed = (transport: Transport, welcome: SessionWelcome) =>
      this.#welcomed(transport, welcome, how)
    const resume =
      how === 'resume' ? { resume_token: this.welcome.resume_token, ...parts.receiver.position() } : undefined
    return attempt({ ...parts, outer, resume, welcomed })
  }

  #welcomed(transport: Transport, welcome: SessionWelcome, how: Arrival): SessionHandler {
    const { clock, outbox, receiver } = this.#parts
    const link: Link = new Link(transport, welcome, {
      clock,
      ping: () => receiver.ping(),
      onLost: () => this.#break(interruption('the runtime fell silent'), link),
    })
    this.welcome = welcome
    this.#link = link
    outbox.attach(link, welcome)
    receiver.welcomed(welcome, how)
    this.state.become('connected')
    return {
      frame: (text) => {
        link.received()
        const broken = link === this.#link && receiver.frame(text)
        if (broken) this.#break(broken, link)
      },
      close: (info) => {
        link.lost()
        this.#break(lost(info), link)
      },
    }
  }

  /** The link is of no more use: seeks another, unless nothing is to come of that. */
  #break(broken: Break, link: Link): void {
    if (link !== this.#link) return
    this.#link = undefined
    this.#parts.outbox.detach()
    link.end()
    if (this.#over.signal.aborted) return
    const now = this.#parts.clock.monotonic()
    if (now - link.since >= STABLE_MS) this.#attempts = 0
    if (this.#attempts === 0) this.#brokenSince = now
    this.#parts.receiver.interrupted()
    void this.#comeBack(broken)
  }

  async #comeBack(first: Break): Promise<void> {
    const { clock, limits, logger, random } = this.#parts
    let broken = first
    while (!this.#over.signal.aborted) {
      const { error, next, afterMs = 0 } = broken
      logger.warn('the connection broke', { reason: error.message })
      const leftMs = this.#brokenSince + limits.reconnectForMs - clock.monotonic()
      if (next === 'end' || leftMs <= 0) return this.#end(error)
      this.state.become('reconnecting')
      const ms = this.#attempts === 0 ? 0 : backoff(this.#attempts - 1, limits, random)
      // Whoever is told of the state may have closed the client.
      if (!this.#over.signal.aborted) await this.#rest(Math.min(leftMs, Math.max(afterMs, ms)))
      this.#attempts++
      try {
        return await this.#attempt(next, this.#over.signal)
      } catch (failure) {
        broken = failed(failure, next)
      }
    }
  }

  /** Waits before the next attempt, unless something says that it may succeed now. */
  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#parts.clock.setTimer(ms, resolve)
      this.#hurry = () => {
        timer.cancel()
        resolve()
      }
    })
  }

  #end(error: Error): void {
    if (this.#over.signal.aborted) return
    this.#over.abort(error)
    this.state.become('closed')
    this.#hurry()
    this.#parts.receiver.ended(error)
  }

  async #sayGoodbye(reason: string | undefined): Promise<void> {
    const { clock, limits, outbox } = this.#parts
    const link = this.#link
    outbox.say('session.close', { reason: reason?.slice(0, 100) })
    outbox.flush()
    this.#end(new ConnectionError('this client was closed'))
    if (!link) return
    // The runtime's farewell ends the link, and so does its own close.
    const timer = clock.setTimer(limits.closeTimeoutMs, () => link.end())
    await link.gone
    timer.cancel()
  }
}
