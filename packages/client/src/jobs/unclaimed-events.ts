import type { JobEvent } from '@arcp/protocol'
import type { ClientLimits } from '../limits'

/** An event of a job nobody knows yet, and what it counts for, in bytes. */
export interface UnclaimedEvent {
  readonly jobId: string
  readonly event: JobEvent
  readonly size: number
}

/**
 * Events of jobs nobody knows yet, held until an answer claims them. Where there are too many, those of the job first
 * heard of go; a claim of the rest finds them missing by their numbers. `docs/protocol.md` §2.
 */
export class UnclaimedEvents {
  readonly #limits: Pick<ClientLimits, 'unclaimedEvents' | 'unclaimedBytes'>
  #held: UnclaimedEvent[] = []
  #bytes = 0

  constructor(limits: Pick<ClientLimits, 'unclaimedEvents' | 'unclaimedBytes'>) {
    this.#limits = limits
  }

  hold(unclaimed: UnclaimedEvent): void {
    const held = this.#held
    held.push(unclaimed)
    this.#bytes += unclaimed.size
    if (held.length > this.#limits.unclaimedEvents || this.#bytes > this.#limits.unclaimedBytes)
      this.claim(held[0]?.jobId)
  }

  /** Takes the events of a job out. */
  claim(claimed: string | undefined): readonly UnclaimedEvent[] {
    const events = this.#held.filter(({ jobId }) => jobId === claimed)
    this.#held = this.#held.filter(({ jobId }) => jobId !== claimed)
    for (const { size } of events) this.#bytes -= size
    return events
  }

  clear(): void {
    this.#held = []
    this.#bytes = 0
  }
}
