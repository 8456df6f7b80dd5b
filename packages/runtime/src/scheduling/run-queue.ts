import type { Clock } from '@arcp/protocol'
import { newWait, type Wait } from '../wait'

/** Something with frames to send, a few at a time. */
export interface Pump {
  /** Encodes at most `limit` more frames; returns how many. */
  step(limit: number): number
  /** Whether a further step would find work now. */
  readonly hasWork: boolean
  /** Hands what was encoded to the transport. */
  flush(): void
}

/** Frames one job may get ahead of another's within a session. */
const FRAMES_PER_STEP = 64
/** Frames and milliseconds of one macrotask over all sessions. */
const FRAMES_PER_TURN = 256
const TURN_MS = 2

/** Emits a job may make, and milliseconds they may take, before its agent has to let a macrotask pass. */
const EMITS_PER_TURN = 64

/**
 * The one queue of everything that sends: round-robin over sessions, in macrotasks short enough that no job starves
 * another session's I/O. It also paces agents, whose emits are only as fast as turns pass. `docs/protocol.md` §5.
 */
export class RunQueue {
  readonly #clock: Clock
  #ready: Pump[] = []
  #scheduled = false
  #turnStartedAt = 0
  #nextTurn: Wait | undefined
  /** Called at the start of each turn: makes what was appended readable. */
  beforeTurn: () => void = () => {}
  /** How many turns have passed. */
  turn = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether anything waits to be sent. */
  get isBusy(): boolean {
    return this.#ready.length > 0
  }

  /** Makes sure a turn comes. */
  schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#turnStartedAt = this.#clock.monotonic()
    this.#clock.defer(() => this.#run())
  }

  /** Adds a pump that has found work; each pump at most once, until it has been stepped out of work. */
  add(pump: Pump): void {
    this.#ready.push(pump)
    this.schedule()
  }

  /** Whether an agent that made `emits` emits in this turn should let the next one come first. */
  isOver(emits: number): boolean {
    return emits >= EMITS_PER_TURN || this.#clock.monotonic() - this.#turnStartedAt >= TURN_MS
  }

  /** Resolves when the next turn has passed; one promise for all who ask. */
  nextTurn(): Promise<void> {
    if (!this.#nextTurn) {
      this.#nextTurn = newWait()
      this.schedule()
    }
    return this.#nextTurn.promise
  }

  #run(): void {
    this.#scheduled = false
    this.turn++
    const waiting = this.#nextTurn
    this.#nextTurn = undefined
    this.beforeTurn()
    this.#pump()
    if (this.#ready.length > 0) this.schedule()
    waiting?.resolve()
  }

  #pump(): void {
    const touched = new Set<Pump>()
    const deadline = this.#clock.monotonic() + TURN_MS
    let frames = 0
    while (this.#ready.length > 0 && frames < FRAMES_PER_TURN) {
      const round = this.#ready
      this.#ready = []
      for (const [index, pump] of round.entries()) {
        frames += pump.step(FRAMES_PER_STEP)
        touched.add(pump)
        if (pump.hasWork) this.#ready.push(pump)
        if (frames < FRAMES_PER_TURN && this.#clock.monotonic() < deadline) continue
        this.#ready = [...round.slice(index + 1), ...this.#ready]
        frames = FRAMES_PER_TURN
        break
      }
    }
    for (const pump of touched) pump.flush()
  }
}
