import { type Clock, systemClock, utf8Length } from '@arcp/protocol'
import {
  CloseCode,
  type Transport,
  type TransportClose,
  type TransportHandler,
} from '@arcp/protocol/transport'

/** What goes wrong with the frames of one direction. */
export interface DirectionFaults {
  /** The connection is cut right after this many frames (1 or more) have passed. */
  readonly cutAfterFrames?: number
  /** The connection is cut after this many bytes of UTF-8; the frame in which that happens never arrives. */
  readonly cutAfterBytes?: number
  /** The connection goes half-open right after this many frames (1 or more) have passed. */
  readonly stallAfterFrames?: number
  /** Each frame, and the close behind them, passes this many milliseconds late. */
  readonly delayMs?: number
  /** How often the frame passes: `0` loses it, `2` duplicates it. `index` counts from 0. */
  readonly copies?: (frame: string, index: number) => number
}

/** What goes wrong with a transport. */
export interface Faults {
  /** What is sent through the wrapped end. */
  readonly outgoing?: DirectionFaults
  /** What arrives at the wrapped end. */
  readonly incoming?: DirectionFaults
  /** Measures `delayMs`. Default: the machine's. */
  readonly clock?: Clock
}

/** A transport that fails in prescribed ways, or when told to. */
export interface FaultyTransport extends Transport {
  /** Whether it has gone half-open. */
  readonly isStalled: boolean
  /** Cuts the connection now: both ends are told 1006, frames still delayed are lost. */
  cut(): void
  /** Goes half-open now: nothing passes any more in either direction, not even a close, and nobody is told. */
  stall(): void
}

/** Wraps one end of a transport so that it fails as `faults` say; without faults it behaves as `inner` does. */
export function faultyTransport(inner: Transport, faults: Faults = {}): FaultyTransport {
  return new Faulty(inner, faults)
}

class Faulty implements FaultyTransport {
  readonly #inner: Transport
  readonly #outgoing: Lane
  readonly #incoming: Lane
  #handler: TransportHandler | undefined
  #state: 'open' | 'closing' | 'stalled' | 'cut' | 'ended' = 'open'
  #swallowedBytes = 0
  #innerIsClosed = false

  constructor(inner: Transport, faults: Faults) {
    const clock = faults.clock ?? systemClock
    const cut = () => this.cut()
    const stall = () => this.stall()
    this.#inner = inner
    const lost = () => queueMicrotask(() => this.#lost())
    this.#outgoing = new Lane(faults.outgoing ?? {}, clock, {
      cut,
      stall,
      lost,
      pass: (frame) => this.#inner.send([frame]),
    })
    this.#incoming = new Lane(faults.incoming ?? {}, clock, {
      cut,
      stall,
      lost() {},
      pass: (frame) => {
        if (this.#state === 'open') this.#handler?.frame(frame)
      },
    })
  }

  get isStalled(): boolean {
    return this.#state === 'stalled'
  }

  get bufferedBytes(): number {
    return this.#inner.bufferedBytes + this.#outgoing.delayedBytes + this.#swallowedBytes
  }

  start(handler: TransportHandler): void {
    this.#inner.start({
      frame: (text) => this.#incoming.push(text),
      close: (info) => {
        this.#innerIsClosed = true
        if (this.#state === 'stalled') return
        if (this.#state === 'cut') this.#end(info)
        else this.#incoming.after(() => this.#end(info))
      },
      drain: () => handler.drain(),
    })
    this.#handler = handler
  }

  send(frames: readonly string[]): void {
    for (const frame of frames) {
      if (this.#state === 'stalled') this.#swallowedBytes += utf8Length(frame)
      else if (this.#state === 'open') this.#outgoing.push(frame)
    }
  }

  close(code: number = CloseCode.normal, reason = ''): void {
    if (this.#state === 'stalled') queueMicrotask(() => this.#end({ code, reason }))
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.#outgoing.after(() => this.#inner.close(code, reason))
  }

  cut(): void {
    if (this.#state === 'cut' || this.#state === 'ended') return
    this.#state = 'cut'
    this.#outgoing.stop()
    this.#incoming.stop()
    const info = { code: CloseCode.abnormal, reason: 'cut' }
    if (this.#innerIsClosed) queueMicrotask(() => this.#end(info))
    else this.#inner.close(info.code, info.reason)
  }

  stall(): void {
    if (this.#state !== 'open') return
    this.#state = 'stalled'
    this.#outgoing.stop()
    this.#incoming.stop()
  }

  /** What is lost on the way has left, as far as its sender can tell. */
  #lost(): void {
    if (this.#state === 'open' && this.bufferedBytes === 0) this.#handler?.drain()
  }

  #end(info: TransportClose): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#handler?.close(info)
  }
}

/** What becomes of the frames of a lane. */
interface Fates {
  cut(): void
  stall(): void
  /** A frame never arrives. */
  lost(): void
  pass(frame: string): void
}

/** The frames of one direction, on their way. */
class Lane {
  delayedBytes = 0
  #index = 0
  #passed = 0
  #passedBytes = 0
  #stopped = false

  constructor(
    private readonly faults: DirectionFaults,
    private readonly clock: Clock,
    private readonly fates: Fates,
  ) {}

  push(frame: string): void {
    const bytes = utf8Length(frame)
    const copies = this.faults.copies?.(frame, this.#index) ?? 1
    this.#index++
    if (copies === 0) this.after(() => this.fates.lost())
    for (let copy = 0; copy < copies; copy++) {
      this.delayedBytes += bytes
      this.after(() => {
        this.delayedBytes -= bytes
        this.#deliver(frame, bytes)
      })
    }
  }

  /** Calls `run` behind everything that is on its way. */
  after(run: () => void): void {
    const { delayMs } = this.faults
    if (delayMs === undefined) run()
    else this.clock.setTimer(delayMs, run, { keepAlive: false })
  }

  stop(): void {
    this.#stopped = true
  }

  #deliver(frame: string, bytes: number): void {
    if (this.#stopped) return
    this.#passedBytes += bytes
    if (this.#passedBytes > (this.faults.cutAfterBytes ?? Number.POSITIVE_INFINITY)) {
      this.fates.cut()
      return
    }
    this.fates.pass(frame)
    this.#passed++
    if (this.#passed === this.faults.cutAfterFrames) this.fates.cut()
    if (this.#passed === this.faults.stallAfterFrames) this.fates.stall()
  }
}
