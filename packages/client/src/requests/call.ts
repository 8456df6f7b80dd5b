import { type Envelope, errorFromWire, type SessionError } from '@arcp/protocol'
import type { OutgoingFrame } from '../connection/outbox'
import { violation } from '../failures'
import { firstMisfit, type Shape, sessionError } from '../replies'

/** One request and what to do with its answer. */
export interface Call<Answer, Value> {
  /** The request's type. */
  readonly type: string
  /** Writes the request out; what it throws rejects the call. */
  readonly encode: () => OutgoingFrame
  /** The type of the message that answers it, and what that must look like. */
  readonly answer: { readonly type: string; readonly shape: Shape<Answer> }
  /** Called inside the arrival of the answer, so that what follows it finds everything in place. */
  readonly answered: (answer: Answer) => Value
  /** Whether it waits in the client while too many of its kind are unanswered. */
  readonly inTurn?: boolean
  /**
   * What becomes of it when the session it was sent in is gone: it `fail`s, is `resend` in the next one, or is
   * `drop`ped unsettled, for whoever asked will ask again. Default `fail`.
   */
  readonly afterLoss?: 'fail' | 'resend' | 'drop'
  /** Rejects the call when it aborts; an answer that comes after all is still taken. */
  readonly signal?: AbortSignal | undefined
}

/** A call under way, whatever its answer is. It settles once. */
export interface PendingCall {
  readonly type: string
  readonly frame: OutgoingFrame
  readonly inTurn: boolean
  readonly afterLoss: 'fail' | 'resend' | 'drop'
  /** Writes the request out anew, for another session. @throws what writing it throws */
  renew(): void
  /** Settles the call with what the runtime sent. */
  answer(envelope: Envelope): void
  fail(error: unknown): void
}

/** The side of a call that waits. */
export interface Caller<Value> {
  resolve(value: Value): void
  reject(error: unknown): void
}

/**
 * A call whose caller waits for its answer.
 *
 * @param aborted called when its signal aborts before it settles
 * @throws what writing the request out throws
 */
export function pendingCall<Answer, Value>(
  call: Call<Answer, Value>,
  { resolve, reject }: Caller<Value>,
  aborted: (pending: PendingCall) => void,
): PendingCall {
  const { type, inTurn = false, afterLoss = 'fail', signal } = call
  const abort = () => {
    reject(signal?.reason)
    aborted(pending)
  }
  const settled = () => signal?.removeEventListener('abort', abort)
  let frame = call.encode()
  const pending: PendingCall = {
    type,
    inTurn,
    afterLoss,
    get frame() {
      return frame
    },
    renew() {
      frame = call.encode()
    },
    answer(envelope) {
      settled()
      const answer = readAnswer(call, envelope)
      if (answer instanceof Error) reject(answer)
      else resolve(call.answered(answer))
    },
    fail(error) {
      settled()
      reject(error)
    },
  }
  signal?.addEventListener('abort', abort, { once: true })
  return pending
}

function readAnswer<Answer, Value>(call: Call<Answer, Value>, { type, payload }: Envelope): Answer | Error {
  const refused = type === 'session.error'
  if (!refused && type !== call.answer.type) {
    return violation(`the runtime answered ${call.type} with ${type}`, 'invalid_answer')
  }
  const misfit = firstMisfit(payload, refused ? sessionError : call.answer.shape)
  if (misfit) {
    return violation(`the runtime's answer to ${call.type} has no usable ${misfit}`, 'invalid_answer')
  }
  return refused ? errorFromWire(payload as unknown as SessionError) : (payload as Answer)
}
