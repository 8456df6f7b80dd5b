import {
  ConnectionError,
  decodeFrame,
  type IdSource,
  type SessionHello,
  type SessionWelcome,
} from '@arcp/protocol'
import type { Dialer, Transport, TransportClose, TransportHandler } from '@arcp/protocol/transport'
import type { Settings } from '../options'
import { dial } from './dial'
import { handshake } from './handshake'
import type { Outbox } from './outbox'
import { StateKeeper } from './state'
import { latch, within } from './waits'

/** Whom a {@link Connection} tells what happens. */
export interface Receiver {
  /** A session stands; its frames follow. */
  welcomed(welcome: SessionWelcome): void
  /** A frame has arrived. @returns why the connection cannot go on, if so */
  frame(text: string): ConnectionError | undefined
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

/** A client's line to its runtime: opened once, ended once. `docs/protocol.md` §2. */
export class Connection {
  readonly state: StateKeeper
  readonly #parts: ConnectionParts
  /** Passed when the runtime has confirmed the end of the session. */
  readonly #dismissed = latch()
  /** Passed when the transport has ended. */
  readonly #gone = latch()
  #transport: Transport | undefined
  #closing: Promise<void> | undefined

  constructor(parts: ConnectionParts) {
    this.#parts = parts
    this.state = new StateKeeper(parts.settings.logger)
  }

  /**
   * Dials, says hello and waits for the welcome. Nothing is left of an attempt that fails.
   *
   * @throws ConnectionError when the runtime is not reached or does not welcome in time, the error of its code when it
   * refuses, the signal's reason when it aborts first
   */
  async open(outer: AbortSignal | undefined): Promise<SessionWelcome> {
    const { dialer, settings, ids } = this.#parts
    const { clock, limits } = settings
    const hello = await this.#hello(outer)
    const transport = await dial(dialer, settings, outer)
    const ms = limits.welcomeTimeoutMs
    const late = () => new ConnectionError(`no welcome within ${ms} ms; is what answers an ARCP runtime?`)
    const welcomed = (welcome: SessionWelcome) => this.#welcomed(transport, welcome)
    try {
      return await within({ clock, ms, outer }, late, (patience) =>
        handshake(transport, hello, ids(), welcomed, patience),
      )
    } catch (error) {
      this.#end(error as Error)
      transport.close()
      throw error
    }
  }

  /** Ends the session, as the runtime confirms or does not within its time, and then the transport. */
  close(reason?: string): Promise<void> {
    this.#closing ??= this.#sayGoodbye(reason)
    return this.#closing
  }

  async #hello(outer: AbortSignal | undefined): Promise<SessionHello> {
    const { token, client, features, clock, limits } = this.#parts.settings
    const ms = limits.tokenTimeoutMs
    const late = () => new ConnectionError(`the token function did not settle within ${ms} ms`)
    return {
      client,
      auth: { scheme: 'bearer', token: await within({ clock, ms, outer }, late, () => token()) },
      capabilities: { encodings: ['json'], features: [...features] },
    }
  }

  #welcomed(transport: Transport, welcome: SessionWelcome): TransportHandler {
    const { outbox, receiver } = this.#parts
    this.#transport = transport
    outbox.attach(transport, welcome.session_id, welcome.max_frame_bytes)
    receiver.welcomed(welcome)
    this.state.become('connected')
    return {
      frame: (text) => this.#frame(text),
      close: (info) => this.#lost(info),
      drain() {},
    }
  }

  #frame(text: string): void {
    if (this.state.current === 'closed') {
      const decoded = decodeFrame(text)
      if (decoded.ok && decoded.envelope.type === 'session.closed') this.#dismissed.pass()
      return
    }
    const error = this.#parts.receiver.frame(text)
    if (error) this.#hangUp(error)
  }

  #lost({ code, reason }: TransportClose): void {
    const why = reason === '' ? `code ${code}` : `code ${code}: ${reason}`
    this.#gone.pass()
    this.#end(new ConnectionError(`the connection to the runtime was lost (${why})`))
  }

  #hangUp(error: ConnectionError): void {
    this.#parts.settings.logger.warn('the connection ends', { reason: error.message })
    this.#end(error)
    this.#transport?.close()
  }

  #end(error: Error): void {
    if (this.state.current === 'closed') return
    this.state.become('closed')
    this.#parts.receiver.ended(error)
  }

  async #sayGoodbye(reason: string | undefined): Promise<void> {
    const { outbox } = this.#parts
    if (this.state.current === 'connected') {
      outbox.send(outbox.encode('session.close', { reason }).text)
      outbox.flush()
      this.#end(new ConnectionError('this client was closed'))
      await this.#atMost(Promise.race([this.#dismissed.passed, this.#gone.passed]))
    }
    this.#transport?.close()
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
