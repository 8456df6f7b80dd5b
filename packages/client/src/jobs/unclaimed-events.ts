import type { JobEvent } from '@arcp/protocol'
import type { ClientLimits } from '../limits'

/** An event and what it counts for, in bytes. */
export interface SizedEvent {
  readonly event: JobEvent
  readonly size: number
}

/**
 * Events of jobs nobody knows yet, held until an answer claims them. Where there are too many, those of the job first
 * heard of go; a claim of the rest finds them missing by their numbers. `docs/protocol.md` §2.
 */
export class UnclaimedEvents {
  /** How many events are held. */
  count = 0
  readonly #limits: Pick<ClientLimits, 'unclaimedEvents' | 'unclaimedBytes'>
  readonly #held = new Map<string, SizedEvent[]>()
  #bytes = 0

  constructor(limits: Pick<ClientLimits, 'unclaimedEvents' | 'unclaimedBytes'>) {
    this.#limits = limits
  }

  hold(jobId: string, event: JobEvent, size: number): void {
    const { unclaimedEvents, unclaimedBytes } = this.#limits
    const events = this.#held.get(jobId) ?? []
    events.push({ event, size })
    this.#held.set(jobId, events)
    this.count++
    this.#bytes += size
    const [oldest = jobId] = this.#held.keys()
    if (this.count > unclaimedEvents || this.#bytes > unclaimedBytes) this.claim(oldest)
  }

  /** Takes the events of a job out. */
  claim(jobId: string): readonly SizedEvent[] {
    const events = this.#held.get(jobId) ?? []
    this.#held.delete(jobId)
    this.count -= events.length
    for (const { size } of events) this.#bytes -= size
    return events
  }

  clear(): void {
    this.#held.clear()
    this.count = 0
    this.#bytes = 0
  }
}
