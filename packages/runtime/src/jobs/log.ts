import type { LogBatch, LogEntry } from '@arcp/protocol/store'
import { newWait, type Wait } from '../wait'
import { LogWindow } from './log-window'

/** One who reads a log at a pace of its own. */
export interface LogFollower {
  /** There is something more to read. */
  wake(): void
  /** The job still runs, though it has nothing to say. */
  pulse?(runningForMs: number): void
  /**
   * The job belongs to somebody else from now on. If that is whom this one reads for, the log lets go of nothing before it
   * says how far it has come.
   *
   * @returns whether it is
   */
  ownerChanged?(): boolean
}

/**
 * What happens where a job's log is full and its owner has not taken in the oldest events:
 *
 * - `wait-for-owner`: the agent waits as long as there is an owner; without one the oldest go.
 * - `wait`: the agent waits also without an owner, until somebody takes the job up.
 * - `let-go`: nobody is waited for: the oldest go, and whoever had them still to read is told so.
 */
export type WhenLogFull = (typeof WHEN_LOG_FULL)[number]

export const WHEN_LOG_FULL = ['wait-for-owner', 'wait', 'let-go'] as const

/** Bounds of one log. */
export interface LogLimits {
  /** Entries held before emits wait; twice as many are the end. */
  readonly logEvents: number
  /** UTF-16 code units of payload held before emits wait; twice as many are the end. */
  readonly logSize: number
  /** Default `wait-for-owner`. */
  readonly whenLogFull?: WhenLogFull | undefined
}

/**
 * A job's numbered events: appended synchronously, readable once they are durable, let go from the front.
 *
 * `docs/protocol.md` §5.
 */
export class JobLog {
  readonly followers = new Set<LogFollower>()
  readonly #limits: LogLimits
  readonly #window = new LogWindow()
  #submittedSeq = 0
  #durableSeq = 0
  /** What may be let go when room is needed; infinite while nobody is waited for. */
  #releasedSeq = 0
  #readerSeq = Number.POSITIVE_INFINITY
  #stalled = false
  #ended = false
  #room: Wait | undefined

  constructor(
    readonly jobId: string,
    limits: LogLimits,
  ) {
    this.#limits = limits
  }

  /** The oldest entry still held. */
  get firstSeq(): number {
    return this.#window.firstSeq
  }

  /** The newest entry, durable or not; 0 in an empty log. */
  get lastSeq(): number {
    return this.#window.lastSeq
  }

  /** The newest entry that may be told to anyone. */
  get durableSeq(): number {
    return this.#durableSeq
  }

  /** UTF-16 code units of the payloads held. */
  get size(): number {
    return this.#window.size
  }

  append(entry: LogEntry): void {
    this.#window.push(entry)
    if (this.#isOver()) this.#letGo()
  }

  /** The entry of this number; `undefined` when it was let go, or is not durable yet. */
  read(seq: number): LogEntry | undefined {
    return seq > this.#durableSeq ? undefined : this.#window.get(seq)
  }

  /** Whether an emit should wait for {@link whenRoom}. */
  get isFull(): boolean {
    return this.#stalled || this.#isOver()
  }

  /** Whether it holds more than it should because its owner is waited for. */
  get waitsForOwner(): boolean {
    return this.#isOver() && Number.isFinite(this.#mayGoSeq())
  }

  /** Whether an agent has emitted on without waiting, to the end of what is held for it. */
  get isOverflowing(): boolean {
    const { logEvents, logSize } = this.#limits
    return this.#window.count >= logEvents * 2 || this.#window.size >= logSize * 2
  }

  /** Resolves when the log is no longer full; one promise for all who ask. */
  whenRoom(): Promise<void> {
    this.#room ??= newWait()
    return this.#room.promise
  }

  /** Says that its owner has taken in what comes up to `seq`, which may be let go, and no more than that. */
  release(seq: number): void {
    this.#releasedSeq = seq
    this.#makeRoom()
  }

  /** Says that it has no owner, or one that does not want it. */
  abandon(): void {
    if (this.#limits.whenLogFull !== 'wait') this.release(Number.POSITIVE_INFINITY)
  }

  /** Lets go of nothing more until the next {@link release}: how far whoever waits has come is not known. */
  hold(): void {
    this.#releasedSeq = Math.min(this.#releasedSeq, this.firstSeq - 1)
  }

  /** How far one who reads it within this process has come, and is waited for; infinite while there is none. */
  set readerSeq(seq: number) {
    this.#readerSeq = seq
    this.#makeRoom()
  }

  /** Whether it has its newest entry. */
  get hasEnded(): boolean {
    return this.#ended
  }

  /** While stalled, because a store does not take what is written, emits wait. */
  set stalled(stalled: boolean) {
    this.#stalled = stalled
    this.#makeRoom()
  }

  /** What has been appended since the last call; `undefined` when nothing was. */
  takeBatch(hostEpoch: number): LogBatch | undefined {
    const from = this.#submittedSeq + 1
    const entries = this.#window.from(from)
    this.#submittedSeq = this.lastSeq
    if (entries.length === 0) return undefined
    return { jobId: this.jobId, hostEpoch, entries }
  }

  /** Says that everything up to `seq` is durable, and wakes those who follow. */
  confirm(seq: number): void {
    this.#durableSeq = seq
    for (const follower of this.followers) follower.wake()
    this.#makeRoom()
  }

  /** Nothing more is appended; the newest entry stays as long as the log is not cleared. */
  end(): void {
    this.#ended = true
    this.letWaitersGo()
  }

  /** Lets every emit that waits go on, room or not: its agent has been told to stop. */
  letWaitersGo(): void {
    this.#room?.resolve()
    this.#room = undefined
  }

  /** Holds nothing but the newest entry any more. Who had something left to read finds out. */
  shorten(): void {
    while (this.#window.count > 1 && this.firstSeq <= this.#durableSeq) this.#window.shift()
    for (const follower of this.followers) follower.wake()
  }

  /** Holds nothing any more: the job has been forgotten. Who had something left to read finds out. */
  clear(): void {
    this.#window.clear()
    for (const follower of this.followers) follower.wake()
  }

  #isOver(): boolean {
    return this.#window.count > this.#limits.logEvents || this.#window.size > this.#limits.logSize
  }

  /** How far those have come who are waited for; infinite while nobody is. */
  #mayGoSeq(): number {
    if (this.#limits.whenLogFull === 'let-go') return Number.POSITIVE_INFINITY
    return Math.min(this.#releasedSeq, this.#readerSeq)
  }

  #makeRoom(): void {
    if (this.#isOver()) this.#letGo()
    if (!this.isFull) this.letWaitersGo()
  }

  #letGo(): void {
    const last = Math.min(this.#mayGoSeq(), this.#durableSeq, this.#ended ? this.lastSeq - 1 : this.lastSeq)
    while (this.#window.firstSeq <= last && this.#isOver()) this.#window.shift()
  }
}
