import type { SessionWelcome, Timer } from '@arcp/protocol'
import type { Settings } from '../options'
import type { Outbox } from './outbox'

/** What an {@link Intake} needs. */
export interface IntakeParts extends Pick<Settings, 'acknowledge' | 'clock'> {
  readonly outbox: Outbox
  /** Whether nothing is to be acknowledged for now. */
  readonly choked: () => boolean
}

/** The longest that what has been taken in stays unacknowledged, in milliseconds. */
const ACK_AFTER_MS = 200

/**
 * How far a session's numbered frames have been taken in, and what the runtime has been told of it: a quarter of its
 * window at a time, so that it is never out of credit while there is room here. `docs/protocol.md` §5.
 */
export class Intake {
  /** The number of the last frame taken in. */
  lastSeq = 0
  readonly #parts: IntakeParts
  #window: SessionWelcome['ack_window']
  #acknowledged = 0
  #bytes = 0
  #timer: Timer | undefined
  /** Which frame brought an event, for whoever acknowledges by events. */
  #numbers = new WeakMap<object, number>()

  constructor(parts: IntakeParts) {
    this.#parts = parts
  }

  /** A session stands. What the runtime hears first confirms the token that came with the welcome. */
  begin({ ack_window }: SessionWelcome, resumed: boolean): void {
    if (!resumed) {
      this.lastSeq = 0
      this.#numbers = new WeakMap()
    }
    this.#window = ack_window
    this.#say(this.lastSeq)
  }

  /** The frame of this number has been taken in. `size` is what it counts for, in bytes. */
  take(seq: number, payload: object, size: number): void {
    this.lastSeq = seq
    const window = this.#window
    if (this.#parts.acknowledge === 'manual') this.#numbers.set(payload, seq)
    else if (window) {
      this.#bytes += size
      const due = 4 * (seq - this.#acknowledged) >= window.events || 4 * this.#bytes >= window.bytes
      if (due) this.settle()
      else this.#timer ??= this.#parts.clock.setTimer(ACK_AFTER_MS, () => this.settle(), { keepAlive: false })
    }
  }

  /** Acknowledges what there is, unless that is for someone else to do or there is no room for more. */
  settle(): void {
    this.stop()
    if (this.#parts.acknowledge === 'auto' && !this.#parts.choked()) this.acknowledge()
  }

  /** Tells the runtime that everything has been taken in, up to the frame that brought `event` or to the last. */
  acknowledge(event?: object): void {
    const seq = event ? (this.#numbers.get(event) ?? 0) : this.lastSeq
    if (seq > this.#acknowledged) this.#say(seq)
  }

  /** Waits no longer. */
  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #say(seq: number): void {
    this.#acknowledged = seq
    this.#bytes = 0
    this.#parts.outbox.say('session.ack', { last_processed_seq: seq })
  }
}
