/** The limits of what a {@link SharedMemory} holds. */
export interface SharedLimits {
  readonly followedJobs: number
  readonly keyedExpiries: number
}

/** What the translators of one dialer's sessions know together. */
export class SharedMemory {
  readonly #limits: SharedLimits
  readonly #outOfReach = new Set<string>()
  readonly #expiries = new Map<string, string>()

  constructor(limits: SharedLimits) {
    this.#limits = limits
  }

  /** Whether the runtime may no longer have all events of a job, of a session that is lost. */
  isOutOfReach(jobId: string): boolean {
    return this.#outOfReach.has(jobId)
  }

  /** Beyond the limit the oldest are forgotten, and count as any job whose events one has never had. */
  putOutOfReach(jobId: string): void {
    this.#outOfReach.add(jobId)
    if (this.#outOfReach.size <= this.#limits.followedJobs) return
    const [oldest] = this.#outOfReach
    this.#outOfReach.delete(oldest as string)
  }

  /** When the lease of a submit with this key ends: as was said the first time, for else it would be another submit. */
  expiryOf(key: string, moment: string): string {
    const said = this.#expiries.get(key)
    if (said !== undefined) return said
    this.#expiries.set(key, moment)
    if (this.#expiries.size > this.#limits.keyedExpiries) {
      const [oldest] = this.#expiries.keys()
      this.#expiries.delete(oldest as string)
    }
    return moment
  }
}
