/** How many jobs may run at the same time, and how many may wait. */
export interface QueueBounds {
  readonly runningJobs: number
  readonly runningJobsPerPrincipal: number
  readonly queuedJobs: number
  readonly queuedJobsPerPrincipal: number
  /** Of agents that have a bound of their own. */
  readonly runningOfAgent: ReadonlyMap<string, number>
}

/** A job that runs or is to run. */
interface Entry {
  readonly jobId: string
  readonly principal: string
  readonly agent: string
  readonly order: number
  /** The places it may be told: at the end of the queue, if it has to wait. */
  readonly places: { readonly least: number; readonly most: number; readonly mayRun: boolean }
  /** It is being written down: it may wait or have a place already, or be refused any moment. */
  state: 'written down' | 'waiting' | 'running' | 'leaving'
}

/** Who is counted. */
type Of = Partial<Pick<Entry, 'principal' | 'agent'>>

/** Which job may run, and when: the limits, whose turn it is, and that nobody waits who need not. */
export class QueueModel {
  readonly #bounds: QueueBounds
  readonly #entries = new Map<string, Entry>()
  /** Since when each principal has had a job that waits for its turn alone, and when one of its jobs had it last. */
  readonly #readySince = new Map<string, number>()
  readonly #lastTurn = new Map<string, number>()
  /** Since when each bound on waiting jobs may have been reached, by whom it counts. */
  readonly #fullAt = new Map<string | undefined, number>()
  #step = 0
  #queuedLast: string | undefined

  constructor(bounds: QueueBounds) {
    this.#bounds = bounds
  }

  /** How often anything has changed. */
  get step(): number {
    return this.#step
  }

  /** A job is about to be written down; its place has been taken. */
  enter(jobId: string, principal: string, agent: string): void {
    const before = this.#count(['waiting'], { principal })
    const unclear = this.#count(['written down', 'leaving'], { principal })
    const isFirst = this.#count(['waiting'], { principal, agent }) === 0
    const places = {
      least: before + 1,
      most: before + unclear + 1,
      mayRun: isFirst && this.#mayHaveRoom(principal, agent),
    }
    this.#entries.set(jobId, { jobId, principal, agent, order: this.#step, places, state: 'written down' })
    this.#changed()
  }

  /** It says that it is queued, at this position. */
  queued(jobId: string, position: number): string | undefined {
    const entry = this.#entries.get(jobId)
    // It was refused before it had been written down.
    if (!entry) return undefined
    const { least, most, mayRun } = entry.places
    if (position === 0) return mayRun ? undefined : 'it is to run at once, though there is no room'
    const isFitting = least <= position && position <= most
    return isFitting ? undefined : `its place is ${position}, not ${least} to ${most}`
  }

  /** It has been written down, and is in the queue from now on. */
  waits(jobId: string): void {
    const entry = this.#entries.get(jobId)
    if (entry?.state === 'written down') entry.state = 'waiting'
    this.#queuedLast = jobId
    this.#changed()
  }

  /** A job has said something else. */
  said(): void {
    this.#queuedLast = undefined
  }

  /** Its agent is about to be called. */
  starts(jobId: string): string | undefined {
    const entry = this.#entries.get(jobId)
    if (entry?.state !== 'waiting') return `it starts, though it is ${entry?.state ?? 'gone'}`
    // One that starts as soon as it is written down may have had its turn before that.
    const complaint = this.#queuedLast === jobId ? undefined : this.#turnComplaint(entry)
    entry.state = 'running'
    this.#changed()
    this.#lastTurn.set(entry.principal, this.#step)
    return complaint ?? this.#limitComplaint(entry)
  }

  /** It has ended, or its submit is refused. */
  leaves(jobId: string): void {
    const entry = this.#entries.get(jobId)
    if (entry) entry.state = 'leaving'
    this.#changed()
  }

  /** Whether a submit heard at `step` may have found too many waiting; `principal` where its own count. */
  mayHaveBeenFull(step: number, principal: string | undefined): boolean {
    return (this.#fullAt.get(principal) ?? -1) >= step
  }

  /** Nobody waits who might run, and no more wait than may. */
  atRest(): string[] {
    for (const { jobId, state } of [...this.#entries.values()])
      if (state === 'leaving') this.#entries.delete(jobId)
    this.#changed()
    const idle = [...this.#entries.values()].filter(
      ({ state, principal, agent }) =>
        state === 'waiting' && this.#mayHaveRoom(principal, agent, ['running', 'written down']),
    )
    return [...idle.map(({ jobId }) => `${jobId} waits, though there is room`), ...this.#crowds()]
  }

  #crowds(): string[] {
    const { queuedJobs, queuedJobsPerPrincipal } = this.#bounds
    const principals = new Set([...this.#entries.values()].map(({ principal }) => principal))
    const crowded = [...principals].filter(
      (principal) => this.#count(['waiting'], { principal }) > queuedJobsPerPrincipal,
    )
    const all = this.#count(['waiting']) > queuedJobs ? ['all'] : []
    return [...all, ...crowded].map((who) => `too many jobs of ${who} wait`)
  }

  #count(states: readonly Entry['state'][], { principal, agent }: Of = {}): number {
    let count = 0
    for (const entry of this.#entries.values()) {
      const counts = states.includes(entry.state) && (principal ?? entry.principal) === entry.principal
      if (counts && (agent ?? entry.agent) === entry.agent) count++
    }
    return count
  }

  /** Whether there is room for one more, if those in `states` have a place. */
  #mayHaveRoom(principal: string, agent: string, states: readonly Entry['state'][] = ['running']): boolean {
    const { runningJobs, runningJobsPerPrincipal } = this.#bounds
    return (
      this.#count(states) < runningJobs &&
      this.#count(states, { principal }) < runningJobsPerPrincipal &&
      this.#count(states, { agent }) < this.#limitOf(agent)
    )
  }

  #limitOf(agent: string): number {
    return this.#bounds.runningOfAgent.get(agent) ?? Number.POSITIVE_INFINITY
  }

  #limitComplaint({ principal, agent }: Entry): string | undefined {
    const { runningJobs, runningJobsPerPrincipal } = this.#bounds
    const isOver =
      this.#count(['running']) > runningJobs ||
      this.#count(['running'], { principal }) > runningJobsPerPrincipal ||
      this.#count(['running'], { agent }) > this.#limitOf(agent)
    return isOver ? 'it starts, though as many run as may' : undefined
  }

  /** The oldest of a principal's jobs comes first whose agent has room; principals take turns. */
  #turnComplaint({ principal, agent, order }: Entry): string | undefined {
    const inUse = ['running', 'written down', 'leaving'] as const
    for (const other of this.#entries.values()) {
      if (other.state !== 'waiting') continue
      const isOlder = other.principal === principal && other.order < order
      const hasRoom =
        other.agent === agent || this.#count(inUse, { agent: other.agent }) < this.#limitOf(other.agent)
      if (isOlder && hasRoom) return `it comes before ${other.jobId}, which is older`
    }
    const last = this.#lastTurn.get(principal) ?? -1
    for (const [other, since] of this.#readySince) {
      const isDue = other !== principal && since < last && (this.#lastTurn.get(other) ?? -1) < last
      if (isDue) return `${principal} has two turns, and ${other} none`
    }
    return undefined
  }

  #changed(): void {
    this.#step++
    const waits = ['waiting', 'written down', 'leaving'] as const
    const { queuedJobs, queuedJobsPerPrincipal, runningJobsPerPrincipal } = this.#bounds
    if (this.#count(waits) >= queuedJobs) this.#fullAt.set(undefined, this.#step)
    for (const { principal } of this.#entries.values()) {
      if (this.#count(waits, { principal }) >= queuedJobsPerPrincipal) this.#fullAt.set(principal, this.#step)
      const inUse = this.#count(['running', 'written down', 'leaving'], { principal })
      const isReady = inUse < runningJobsPerPrincipal && this.#waitsForItsTurnAlone(principal)
      if (!isReady) this.#readySince.delete(principal)
      else if (!this.#readySince.has(principal)) this.#readySince.set(principal, this.#step)
    }
  }

  /** Whether one of its jobs waits for an agent without a bound. */
  #waitsForItsTurnAlone(principal: string): boolean {
    for (const entry of this.#entries.values()) {
      const isReady = entry.state === 'waiting' && !this.#bounds.runningOfAgent.has(entry.agent)
      if (entry.principal === principal && isReady) return true
    }
    return false
  }
}
