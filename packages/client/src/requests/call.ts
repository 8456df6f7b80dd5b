import type { Envelope, Timer } from '@arcp/protocol'
import type { Message, OutgoingFrame } from '../connection/outbox'
import { violation } from '../failures'
import { type Answers, readAnswer } from '../replies'

/** What is asked of the runtime. */
export interface Request extends Message {
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
export interface Call<Type extends keyof Answers, Value> extends Request {
  readonly type: Type
  /** Called inside the arrival of the answer, so that what follows it finds everything in place. */
  readonly answered: (answer: Answers[Type]) => Value
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
export function pendingCall<Type extends keyof Answers, Value>(
  call: Call<Type, Value>,
  frame: OutgoingFrame,
  { resolve, reject }: Caller<Value>,
  aborted: (pending: PendingCall) => void,
): PendingCall {
  const abort = () => {
    reject(call.signal?.reason)
    aborted(pending)
  }
  const settled = () => call.signal?.removeEventListener('abort', abort)
  const pending: PendingCall = {
    request: call,
    frame,
    fail(error) {
      settled()
      reject(error)
    },
    answer(envelope) {
      settled()
      const answer = readAnswer(call.type, envelope, (why) =>
        violation(`answer to ${call.type}: ${why}`, 'invalid_answer'),
      )
      if (answer instanceof Error) reject(answer)
      else resolve(call.answered(answer))
    },
  }
  call.signal?.addEventListener('abort', abort)
  return pending
}
