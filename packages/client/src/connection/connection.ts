import {
  ConnectionError,
  decodeFrame,
  type IdSource,
  type SessionResume,
  type SessionWelcome,
} from '@arcp/protocol'
import type { Dialer, Transport, TransportHandler } from '@arcp/protocol/transport'
import type { Settings } from '../options'
import { attempt } from './attempt'
import { backoff } from './backoff'
import { type Break, failed, lost, silent } from './breaks'
import { Link } from './link'
import type { Outbox } from './outbox'
import { StateKeeper } from './state'
import { latch } from './waits'
import { onWake } from './wake'

/** How a session came to stand: for the first time, again as it was, or in place of one that is gone. */
export type Welcomed = 'new' | 'resumed' | 'replaced'

/** Whom a {@link Connection} tells what happens. */
export interface Receiver {
  /** A session stands; its frames follow. */
  welcomed(welcome: SessionWelcome, how: Welcomed): void
  /** A frame has arrived. @returns why the connection cannot go on, if so */
  frame(text: string): Break | undefined
  /** The runtime is to say that it is there. */
  ping(): void
  /** Where the session stands, for the runtime to go on from. */
  position(): Pick<SessionResume, 'last_event_seq' | 'cursors'>
  /** The connection has broken; another one is being sought. */
  interrupted(): void
  /** The connection has ended, for good. */
  ended(error: Error): void
}

/** What a {@link Connection} needs. */
export interface ConnectionParts {
  readonly dialer: Dialer
  readonly settings: Settings
  readonly ids: IdSource
  readonly outbox: Outbox
  readonly receiver: Receiver
}

/** A connection that lasted this long, in milliseconds, makes up for the failures before it. */
const STABLE_MS = 5_000

/** A client's way to its runtime: opened once, found again when it breaks, ended once. `docs/protocol.md` §2. */
export class Connection {
  readonly state: StateKeeper
  readonly #parts: ConnectionParts
  /** Passed when the runtime has confirmed the end of the session. */
  readonly #dismissed = latch()
  readonly #over = new AbortController()
  /** Passed when the transport has ended. */
  #gone = latch()
  #link: Link | undefined
  #welcome: SessionWelcome | undefined
  #closing: Promise<void> | undefined
  #failures = 0
  /** Since when, by the monotonic clock, there has been no stable connection. */
  #brokenSince: number | undefined
  /** Ends the wait before the next attempt. */
  #hurry: () => void = () => {}
  #stopListening: () => void = () => {}

  constructor(parts: ConnectionParts) {
    this.#parts = parts
    this.state = new StateKeeper(parts.settings.logger)
  }

  /** The last welcome. @throws TypeError before the first one */
  get welcome(): SessionWelcome {
    if (!this.#welcome) throw new TypeError('not connected yet')
    return this.#welcome
  }

  /** Opens the session. Throws what {@link attempt} throws; nothing is tried twice. */
  async open(outer: AbortSignal | undefined): Promise<void> {
    await this.#attempt('new', outer)
    this.#stopListening = onWake(() => {
      this.#hurry()
      this.#link?.probe()
    })
  }

  /** Ends the session, as the runtime confirms or does not within its time, and then the transport. */
  close(reason?: string): Promise<void> {
    this.#closing ??= this.#sayGoodbye(reason)
    return this.#closing
  }

  #attempt(how: Welcomed, outer: AbortSignal | undefined): Promise<void> {
    const resume = () => {
      if (how !== 'resumed') return undefined
      const { session_id, resume_token } = this.welcome
      return { session_id, resume_token, ...this.#parts.receiver.position() }
    }
    const welcomed = (transport: Transport, welcome: SessionWelcome) =>
      this.#welcomed(transport, welcome, how)
    return attempt({ ...this.#parts, resume, welcomed }, outer)
  }

  #welcomed(transport: Transport, welcome: SessionWelcome, how: Welcomed): TransportHandler {
    const { outbox, receiver, settings } = this.#parts
    const gone = latch()
    const link = new Link({
      transport,
      welcome,
      clock: settings.clock,
      ping: () => receiver.ping(),
      onSilent: () => this.#break(silent(), link),
    })
    this.#gone = gone
    this.#welcome = welcome
    this.#link = link
    outbox.attach(link, welcome.session_id, welcome.max_frame_bytes)
    receiver.welcomed(welcome, how)
    this.state.become('connected')
    return {
      frame: (text) => {
        link.received()
        this.#frame(text, link)
      },
      close: (info) => {
        gone.pass()
        this.#break(lost(info), link)
      },
      drain() {},
    }
  }

  #frame(text: string, link: Link): void {
    if (this.state.current === 'closed') {
      const decoded = decodeFrame(text)
      if (decoded.ok && decoded.envelope.type === 'session.closed') this.#dismissed.pass()
    } else if (link === this.#link) {
      const broken = this.#parts.receiver.frame(text)
      if (broken) this.#break(broken, link)
    }
  }

  /** The link is of no more use: seeks another, unless nothing is to come of that. */
  #break(broken: Break, link: Link): void {
    if (link !== this.#link || this.state.current !== 'connected') return
    const { settings, outbox, receiver } = this.#parts
    this.#link = undefined
    outbox.detach()
    link.end()
    if (broken.next === 'end' || settings.limits.reconnectForMs === 0) {
      settings.logger.warn('the connection ends', { reason: broken.error.message })
      this.#end(broken.error)
      return
    }
    const now = settings.clock.monotonic()
    if (now - link.since >= STABLE_MS) {
      this.#failures = 0
      this.#brokenSince = undefined
    }
    this.#brokenSince ??= now
    receiver.interrupted()
    this.state.become('reconnecting')
    void this.#comeBack(broken)
  }

  async #comeBack(first: Break): Promise<void> {
    const { clock, limits, logger } = this.#parts.settings
    let broken = first
    while (this.state.current === 'reconnecting') {
      logger.info('the connection broke', { reason: broken.error.message })
      const { error, next } = broken
      if (next === 'end') return this.#end(error)
      if (clock.monotonic() - (this.#brokenSince ?? 0) >= limits.reconnectForMs) {
        return this.#end(new ConnectionError(`gave up coming back: ${error.message}`, { cause: error }))
      }
      await this.#rest(broken.afterMs)
      if (this.state.current !== 'reconnecting') return
      this.#failures++
      try {
        return await this.#attempt(next === 'resume' ? 'resumed' : 'replaced', this.#over.signal)
      } catch (failure) {
        broken = failed(failure, next)
      }
    }
  }

  /** Waits before the next attempt, unless something says that it may succeed now. */
  async #rest(atLeastMs = 0): Promise<void> {
    const { clock, random, limits } = this.#parts.settings
    const ms = Math.max(atLeastMs, this.#failures === 0 ? 0 : backoff(this.#failures - 1, limits, random))
    const enough = latch()
    this.#hurry = enough.pass
    const timer = clock.setTimer(ms, enough.pass)
    await enough.passed
    timer.cancel()
    this.#hurry = () => {}
  }

  #end(error: Error): void {
    if (this.state.current === 'closed') return
    this.#stopListening()
    this.state.become('closed')
    this.#over.abort(error)
    this.#hurry()
    this.#parts.receiver.ended(error)
  }

  async #sayGoodbye(reason: string | undefined): Promise<void> {
    const { outbox } = this.#parts
    const link = this.#link
    if (link) {
      outbox.send(outbox.encode('session.close', { reason }).text)
      outbox.flush()
    }
    this.#end(new ConnectionError('this client was closed'))
    if (!link) return
    await this.#atMost(Promise.race([this.#dismissed.passed, this.#gone.passed]))
    link.end()
    await this.#atMost(this.#gone.passed)
  }

  /** Waits as long as closing may take, and then no more. */
  async #atMost(wait: Promise<void>): Promise<void> {
    const { clock, limits } = this.#parts.settings
    const enough = latch()
    const timer = clock.setTimer(limits.closeTimeoutMs, enough.pass)
    await Promise.race([wait, enough.passed])
    timer.cancel()
  }
}
