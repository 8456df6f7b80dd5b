import type { Envelope, Timer } from '@arcp/protocol'
import type { OutgoingFrame, TraceHeader } from '../connection/outbox'
import { violation } from '../failures'
import { type Reply, readReply } from '../replies'

/** What is asked of the runtime. */
export interface Request {
  readonly type: string
  readonly payload: object
  readonly header?: TraceHeader
  /** Whether it waits in the client while too many of its kind are unanswered. */
  readonly inTurn?: boolean
  /**
   * What becomes of it when the session it was sent in is gone: it is `resend` in the next one, or is `drop`ped
   * unsettled, for whoever asked will ask again. Default: it fails.
   */
  readonly afterLoss?: 'resend' | 'drop'
  /** Rejects the call when it aborts; an answer that comes after all is still taken. */
  readonly signal?: AbortSignal | undefined
}

/** One request and what to do with its answer. */
export interface Call<Answer, Value> extends Request {
  /** The message that answers it. */
  readonly answer: Reply<Answer>
  /** Called inside the arrival of the answer, so that what follows it finds everything in place. */
  readonly answered: (answer: Answer) => Value
}

/** A call under way, whatever its answer is. It settles once. */
export interface PendingCall {
  readonly request: Request
  /** The request as it is sent. */
  frame: OutgoingFrame
  /** Ends the wait for its answer, once it has been sent. */
  timer?: Timer
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
 */
export function pendingCall<Answer, Value>(
  call: Call<Answer, Value>,
  frame: OutgoingFrame,
  { resolve, reject }: Caller<Value>,
  aborted: (pending: PendingCall) => void,
): PendingCall {
  const { signal } = call
  const abort = () => {
    reject(signal?.reason)
    aborted(pending)
  }
  const fail = (error: unknown) => {
    signal?.removeEventListener('abort', abort)
    reject(error)
  }
  const pending: PendingCall = {
    request: call,
    frame,
    fail,
    answer(envelope) {
      const unusable = (why: string) => violation(`answer to ${call.type}: ${why}`, 'invalid_answer')
      const answer = readReply(envelope, call.answer, unusable)
      if (answer instanceof Error) return fail(answer)
      signal?.removeEventListener('abort', abort)
      resolve(call.answered(answer))
    },
  }
  signal?.addEventListener('abort', abort)
  return pending
}
