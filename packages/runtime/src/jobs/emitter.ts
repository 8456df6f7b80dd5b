import {
  type ArcpError,
  type Extensions,
  InternalError,
  InvalidRequestError,
  type JobEventBodies,
  type JobEventType,
  utf8Length,
} from '@arcp/protocol'
import type { LogEntry } from '@arcp/protocol/store'
import type { RunQueue } from '../scheduling/run-queue'
import { writeBody, writeJson, writeVendorBody } from './event-body'
import { mayBeIgnored } from './ignorable'
import type { Job } from './job'

/** What an envelope takes at most beside type and payload: ids, trace and numbers of their longest form. */
const ENVELOPE_BYTES = 512

/** What an {@link Emitter} needs. */
export interface EmitterParts {
  readonly job: Job
  readonly runQueue: RunQueue
  readonly maxFrameBytes: number
  /** The current time as it travels. */
  readonly timestamp: () => string
  readonly onAppend: (job: Job, entry: LogEntry) => void
}

const resolved = Promise.resolve()

/**
 * The way into a job's log: checks, writes out once, numbers and appends, all at once, and tells the agent by its
 * promise when to go on. `docs/protocol.md` §4, §5.
 */
export class Emitter {
  readonly #parts: EmitterParts
  #turn = -1
  #emits = 0
  #closed = false
  #hasWaited = false

  constructor(parts: EmitterParts) {
    this.#parts = parts
  }

  /**
   * Appends an agent's event. The promise resolves when the agent may emit the next one: at once while there is room,
   * later when other work should come first or the log is full. It rejects with INVALID_REQUEST for a body that is not
   * valid or after the job's end, and never counts as unhandled.
   */
  emit<Type extends JobEventType>(type: Type, body: JobEventBodies[Type]): Promise<void> {
    try {
      return this.emitText(type, writeBody(type, body).slice(1))
    } catch (error) {
      return rejected(error)
    }
  }

  /** The same for a vendor's event. */
  emitVendor(type: string, body: unknown, extensions?: Extensions): Promise<void> {
    try {
      return this.emitText(type, writeVendorBody(type, body, extensions).slice(1))
    } catch (error) {
      return rejected(error)
    }
  }

  /**
   * The same for a body that is written out already.
   *
   * @param rest all of it but the opening brace, so that what is large is not copied to make room for the numbers
   */
  emitText(type: string, rest: string): Promise<void> {
    try {
      if (this.#closed) throw new InvalidRequestError('the job has ended')
      if (this.#parts.job.log.isOverflowing) throw this.#overflow()
      this.#append(type, rest)
    } catch (error) {
      return rejected(error)
    }
    return this.#pace()
  }

  /**
   * Appends what the runtime itself has to say, in any state but after the terminal, and never waits; where a log is
   * full to the end, it goes unsaid.
   */
  append<Type extends JobEventType>(type: Type, body: JobEventBodies[Type]): void {
    if (!this.#closed && !this.#parts.job.log.isOverflowing)
      this.#append(type, writeJson(type, body).slice(1))
  }

  /** Appends the terminal; nothing comes after it. */
  finish<Type extends JobEventType>(type: Type, body: JobEventBodies[Type]): void {
    if (!this.#closed) this.#append(type, writeJson(type, body).slice(1))
    this.#closed = true
    this.#parts.job.log.end()
  }

  /** Whether a body of this type still fits into a frame. */
  fits(type: string, body: string): boolean {
    const limit = this.#parts.maxFrameBytes - ENVELOPE_BYTES - type.length
    return body.length * 3 <= limit || utf8Length(body) <= limit
  }

  #append(type: string, rest: string): void {
    const { job, maxFrameBytes, timestamp, onAppend } = this.#parts
    if (!this.fits(type, rest)) {
      throw new InvalidRequestError(`${type}: the event does not fit into a frame of ${maxFrameBytes} bytes`)
    }
    const seq = job.log.lastSeq + 1
    const head = `{"seq":${seq},"ts":"${timestamp()}"`
    const entry = { seq, type, payload: rest === '}' ? `${head}}` : `${head},${rest}` }
    job.log.append(entry)
    onAppend(job, entry)
  }

  #overflow(): ArcpError {
    const error = new InternalError('the agent emitted more than is held for it, without waiting', {
      details: { reason: 'emit_overflow' },
    })
    this.#parts.job.end({ cause: 'emit_overflow', error })
    return error
  }

  /** Followers learn once why a job has become slow, as soon as there is room to say so. */
  #tellOfWaiting(): void {
    if (this.#hasWaited || this.#parts.job.log.isOverflowing) return
    this.#hasWaited = true
    this.append('job.status', { phase: 'back_pressure' })
  }

  #pace(): Promise<void> {
    const { job, runQueue } = this.#parts
    // One that has been told to stop has to come to an end.
    if (job.log.isFull && !job.ending) {
      if (job.log.waitsForOwner) this.#tellOfWaiting()
      return job.log.whenRoom()
    }
    if (this.#turn !== runQueue.turn) {
      this.#turn = runQueue.turn
      this.#emits = 0
    }
    return runQueue.isOver(++this.#emits) ? runQueue.nextTurn() : resolved
  }
}

function rejected(error: unknown): Promise<void> {
  return mayBeIgnored(Promise.reject(error))
}
