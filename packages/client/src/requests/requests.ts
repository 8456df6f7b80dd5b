import { type Clock, ConnectionError, type Envelope, type Timer } from '@arcp/protocol'
import { limitReached } from '../failures'
import type { ClientLimits } from '../limits'
import { type Call, type PendingCall, pendingCall } from './call'

/** What {@link Requests} needs. */
export interface RequestsParts {
  readonly send: (text: string) => void
  readonly clock: Clock
  readonly limits: ClientLimits
}

/** A request on its way, and when its answer is due by the monotonic clock. */
interface Unanswered {
  readonly pending: PendingCall
  readonly due: number
}

/**
 * Requests that wait for their answers, matched by `id`. Each settles: with its answer, with the error that answers
 * it, when its time is up, or when the connection ends. `docs/protocol.md` §2.
 */
export class Requests {
  readonly #parts: RequestsParts
  /** In the order they were sent. */
  readonly #unanswered = new Map<string, Unanswered>()
  /** To be sent when there is a connection, and earlier ones have been answered. */
  readonly #waiting = new Map<string, PendingCall>()
  #inTurn = 0
  #bytes = 0
  #timer: Timer | undefined
  #connected = false
  #over: Error | undefined

  constructor(parts: RequestsParts) {
    this.#parts = parts
  }

  /** How many requests have no answer yet. */
  get size(): number {
    return this.#unanswered.size + this.#waiting.size
  }

  /** How many of those that take turns are sent and not answered. */
  get unansweredInTurn(): number {
    return this.#inTurn
  }

  /**
   * Sends a request, now or in its turn. No step lies between the answer and whoever awaits it, so that what follows
   * the answer on the wire is not seen before it.
   */
  ask<Answer, Value>(call: Call<Answer, Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      if (this.#over) throw this.#over
      call.signal?.throwIfAborted()
      this.#admit(pendingCall(call, { resolve, reject }, (aborted) => this.#forget(aborted)))
    })
  }

  /** Settles the request a message answers; `false` when it answers none. */
  answer(envelope: Envelope): boolean {
    const { request_id } = envelope.payload
    const unanswered = typeof request_id === 'string' ? this.#unanswered.get(request_id) : undefined
    if (!unanswered) return false
    this.#remove(unanswered.pending)
    unanswered.pending.answer(envelope)
    this.#sendWaiting()
    return true
  }

  /** There is a connection: sends what was never answered again, submits first, and then what waited. */
  connected(): void {
    this.#connected = true
    const again = [...this.#unanswered.values()].map(({ pending }) => pending)
    this.#unanswered.clear()
    this.#inTurn = 0
    for (const pending of again) if (pending.inTurn) this.#send(pending)
    for (const pending of again) if (!pending.inTurn) this.#send(pending)
    for (const pending of [...this.#waiting.values()]) if (!pending.inTurn) this.#sendNow(pending)
    this.#sendWaiting()
  }

  /** There is no connection: what is asked for waits, and no answer is overdue. */
  interrupted(): void {
    this.#connected = false
    this.#unwatch()
  }

  /** The session is gone: what was sent in it settles or is to be sent again, what was not is written out anew. */
  dropLost(): void {
    const waiting = [...this.#waiting.values()]
    const sent = [...this.#unanswered.values()].map(({ pending }) => pending)
    this.#unanswered.clear()
    this.#waiting.clear()
    this.#inTurn = 0
    this.#bytes = 0
    for (const pending of sent) {
      if (pending.afterLoss === 'resend') waiting.unshift(pending)
      else if (pending.afterLoss === 'fail') pending.fail(sessionLost(pending.type))
    }
    for (const pending of waiting) this.#readmit(pending)
  }

  /** Fails every request, and each that is still to come, with `error`. */
  failAll(error: Error): void {
    this.#over = error
    this.#timer?.cancel()
    const pending = [...this.#unanswered.values()].map((unanswered) => unanswered.pending)
    pending.push(...this.#waiting.values())
    this.#unanswered.clear()
    this.#waiting.clear()
    this.#inTurn = 0
    this.#bytes = 0
    for (const call of pending) call.fail(error)
  }

  #admit(pending: PendingCall): void {
    const { pendingRequests, pendingBytes, unansweredSubmits } = this.#parts.limits
    const { id, text } = pending.frame
    if (this.size >= pendingRequests) pending.fail(tooMany('requests', pendingRequests))
    else if (this.#bytes + text.length > pendingBytes)
      pending.fail(tooMany('bytes of requests', pendingBytes))
    else {
      this.#bytes += text.length
      if (!this.#connected || (pending.inTurn && this.#inTurn >= unansweredSubmits))
        this.#waiting.set(id, pending)
      else this.#send(pending)
    }
  }

  /** A request that has not been sent never is; one that has still waits for its answer. */
  #forget({ frame }: PendingCall): void {
    if (this.#waiting.delete(frame.id)) this.#bytes -= frame.text.length
  }

  #readmit(pending: PendingCall): void {
    try {
      pending.renew()
      this.#bytes += pending.frame.text.length
      this.#waiting.set(pending.frame.id, pending)
    } catch (error) {
      pending.fail(error)
    }
  }

  #sendNow(pending: PendingCall): void {
    this.#waiting.delete(pending.frame.id)
    this.#send(pending)
  }

  #send(pending: PendingCall): void {
    const { send, clock, limits } = this.#parts
    this.#unanswered.set(pending.frame.id, { pending, due: clock.monotonic() + limits.answerTimeoutMs })
    if (pending.inTurn) this.#inTurn++
    this.#watch()
    send(pending.frame.text)
  }

  #sendWaiting(): void {
    for (const pending of this.#waiting.values()) {
      if (this.#inTurn >= this.#parts.limits.unansweredSubmits) return
      this.#sendNow(pending)
    }
  }

  #remove(pending: PendingCall): void {
    this.#unanswered.delete(pending.frame.id)
    this.#bytes -= pending.frame.text.length
    if (pending.inTurn) this.#inTurn--
    if (this.size === 0) this.#unwatch()
  }

  /** One timer serves all: answers are due in the order the requests were sent. */
  #watch(): void {
    const [first] = this.#unanswered.values()
    if (this.#timer || !first) return
    const { clock } = this.#parts
    const ms = Math.max(0, first.due - clock.monotonic())
    this.#timer = clock.setTimer(ms, () => this.#expire(), { keepAlive: false })
  }

  #unwatch(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #expire(): void {
    this.#timer = undefined
    const { clock, limits } = this.#parts
    const now = clock.monotonic()
    for (const { pending, due } of this.#unanswered.values()) {
      if (due > now) break
      this.#remove(pending)
      pending.fail(
        new ConnectionError(`the runtime did not answer ${pending.type} within ${limits.answerTimeoutMs} ms`),
      )
    }
    this.#sendWaiting()
    this.#watch()
  }
}

function tooMany(what: string, limit: number) {
  return limitReached(
    `more than ${limit} ${what} wait for the runtime's answer`,
    'requests_unanswered',
    limit,
  )
}

function sessionLost(type: string): ConnectionError {
  return new ConnectionError(
    `the session was lost before ${type} was answered; whether it was done is not known`,
  )
}
