import { ConnectionError, type Envelope, type Timers } from '@arcp/protocol'
import type { Outbox } from '../connection/outbox'
import { limitReached } from '../failures'
import type { ClientLimits } from '../limits'
import type { Answers } from '../replies'
import { type Call, type PendingCall, pendingCall } from './call'

/** What {@link Requests} needs. */
export interface RequestsParts {
  readonly outbox: Outbox
  readonly clock: Timers
  readonly limits: ClientLimits
}

/**
 * Requests that wait for their answers, matched by `id`. Each settles: with its answer, with the error that answers
 * it, when its time is up, or when the connection ends. `docs/protocol.md` §2.
 */
export class Requests {
  /** How many of those that take turns are sent and not answered. */
  inTurn = 0
  readonly #parts: RequestsParts
  /** In the order they were sent. */
  readonly #sent = new Map<string, PendingCall>()
  /** To be sent when there is a connection, and earlier ones have been answered. */
  readonly #waiting = new Map<string, PendingCall>()
  #bytes = 0
  #connected = false
  #over: Error | undefined

  constructor(parts: RequestsParts) {
    this.#parts = parts
  }

  /**
   * Sends a request, now or in its turn. No step lies between the answer and whoever awaits it, so that what follows
   * the answer on the wire is not seen before it. What writing it out throws rejects the call.
   */
  ask<Type extends keyof Answers, Value>(call: Call<Type, Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      if (this.#over) throw this.#over
      call.signal?.throwIfAborted()
      const { pendingRequests, pendingBytes } = this.#parts.limits
      const frame = this.#parts.outbox.encode(call)
      if (this.#sent.size + this.#waiting.size >= pendingRequests) throw tooMany(pendingRequests, 'requests')
      if (this.#bytes + frame.text.length > pendingBytes) throw tooMany(pendingBytes, 'bytes of requests')
      this.#take(pendingCall(call, frame, { resolve, reject }, (aborted) => this.#forget(aborted)))
    })
  }

  /** Settles the request a message answers; `false` when it answers none. */
  answer(envelope: Envelope): boolean {
    const pending = this.#sent.get(envelope.payload.request_id as string)
    if (!pending) return false
    this.#remove(pending)
    pending.answer(envelope)
    return true
  }

  /**
   * There is a connection: sends what was never answered again, submits first, and then what waited.
   *
   * @param first asks for what is to be sent before all else
   */
  connected(first: () => void): void {
    const [sent, waiting] = this.#takeOut()
    this.#connected = true
    first()
    for (const pending of sent) if (pending.request.inTurn) this.#take(pending)
    for (const pending of sent) if (!pending.request.inTurn) this.#take(pending)
    for (const pending of waiting) this.#take(pending)
  }

  /** There is no connection: what is asked for waits, and no answer is overdue. */
  interrupted(): void {
    this.#connected = false
  }

  /** The session is gone: what was sent in it settles or is to be sent again, what was not is written out anew. */
  dropLost(): void {
    const [sent, waiting] = this.#takeOut()
    for (const pending of sent) {
      const { afterLoss, type } = pending.request
      if (afterLoss === 'resend') this.#renew(pending)
      else if (!afterLoss) pending.fail(new ConnectionError(`no answer to ${type}: the session was lost`))
    }
    for (const pending of waiting) if (pending.request.afterLoss !== 'drop') this.#renew(pending)
  }

  /** Fails every request, and each that is still to come, with `error`. */
  failAll(error: Error): void {
    this.#over = error
    for (const pending of this.#takeOut().flat()) pending.fail(error)
  }

  #renew(pending: PendingCall): void {
    try {
      pending.frame = this.#parts.outbox.encode(pending.request)
      this.#take(pending)
    } catch (error) {
      pending.fail(error)
    }
  }

  /** Takes out what was sent, and what was not. */
  #takeOut(): [sent: PendingCall[], waiting: PendingCall[]] {
    const sent = [...this.#sent.values()]
    const waiting = [...this.#waiting.values()]
    for (const { timer } of sent) timer?.cancel()
    this.#sent.clear()
    this.#waiting.clear()
    this.inTurn = this.#bytes = 0
    return [sent, waiting]
  }

  /** Takes one in, to be sent now or in its turn. */
  #take(pending: PendingCall): void {
    this.#bytes += pending.frame.text.length
    const full = pending.request.inTurn && this.inTurn >= this.#parts.limits.unansweredSubmits
    if (this.#connected && !full) this.#send(pending)
    else this.#waiting.set(pending.frame.id, pending)
  }

  /** A request that has not been sent never is; one that has still waits for its answer. */
  #forget({ frame }: PendingCall): void {
    if (this.#waiting.delete(frame.id)) this.#bytes -= frame.text.length
  }

  #send(pending: PendingCall): void {
    const { frame, request } = pending
    const ms = this.#parts.limits.answerTimeoutMs
    const expire = () => {
      if (!this.#connected) return
      this.#remove(pending)
      pending.fail(new ConnectionError(`no answer to ${request.type} within ${ms} ms`))
    }
    pending.timer = this.#parts.clock.setTimer(ms, expire, { keepAlive: false })
    this.#waiting.delete(frame.id)
    this.#sent.set(frame.id, pending)
    if (request.inTurn) this.inTurn++
    this.#parts.outbox.send(frame.text)
  }

  #sendWaiting(): void {
    for (const pending of this.#waiting.values()) {
      if (this.inTurn >= this.#parts.limits.unansweredSubmits) return
      this.#send(pending)
    }
  }

  #remove({ frame, request, timer }: PendingCall): void {
    timer?.cancel()
    this.#sent.delete(frame.id)
    this.#bytes -= frame.text.length
    if (request.inTurn) this.inTurn--
    this.#sendWaiting()
  }
}

function tooMany(limit: number, what: string) {
  return limitReached(limit, `${what} unanswered`, 'requests_unanswered')
}
