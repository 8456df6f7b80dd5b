import type { Clock } from '@arcp/protocol'
import { Tally } from '../tally'

/** How many jobs may run at the same time, and how many may wait. */
export interface JobQueueLimits {
  readonly runningJobs: number
  readonly runningJobsPerPrincipal: number
  readonly queuedJobs: number
  readonly queuedJobsPerPrincipal: number
  readonly queuedSize: number
  readonly queuedSizePerPrincipal: number
}

/** A job that is to run. */
export interface JobToRun {
  readonly principal: string
  /** What runs it; a bound of its own belongs to this very object. */
  readonly agent: { readonly maxRunning?: number }
  /** What it takes in memory while it waits; asked for only then. */
  readonly size: () => number
}

/** A job's place among those that run or are to run. */
export interface Place {
  /** 0: its turn is now. Otherwise its place among the waiting jobs of its principal, from 1. */
  readonly position: number
  /** Calls `run` when its turn comes, at once if it has; never after {@link leave}. */
  onTurn(run: () => void): void
  /** It has ended, or is not to run any more. */
  leave(): void
}

/** Something with a bound of its own, and what it has to do with. */
interface Gate {
  readonly limit: number
  running: number
  waiting: number
}

/** An agent, and the lanes that wait because it has no room. */
interface AgentGate extends Gate {
  readonly shut: Set<Lane>
}

/** A principal, and its lanes: all of them by agent, and those that wait for nothing but their turn. */
interface PrincipalGate extends Gate {
  readonly lanes: Map<object, Lane>
  readonly open: Set<Lane>
}

/** The jobs of one principal that wait for one agent, in the order they came. */
interface Lane {
  readonly principal: PrincipalGate
  readonly agent: AgentGate
  readonly waiting: Set<Entry>
}

interface Entry {
  readonly job: JobToRun
  readonly principal: PrincipalGate
  readonly agent: AgentGate
  readonly order: number
  state: 'waiting' | 'running' | 'gone'
  size: number
  run: (() => void) | undefined
}

/** Jobs started in one macrotask, and the milliseconds that may take. */
const STARTS_PER_TURN = 64
const TURN_MS = 2

/**
 * Which job runs next. Principals take turns, whatever each of them has waiting; of one principal's jobs the oldest
 * comes first whose agent has room. A start costs the same however many wait. `docs/protocol.md` §3.
 */
export class JobQueue {
  readonly #clock: Clock
  readonly #limits: JobQueueLimits
  readonly #waitingJobs: Tally
  readonly #waitingSize: Tally
  readonly #agents = new Map<object, AgentGate>()
  readonly #principals = new Map<string, PrincipalGate>()
  /** Principals that may have a job to start, next one first. */
  readonly #turns = new Set<PrincipalGate>()
  #running = 0
  #order = 0
  #scheduled = false

  constructor(clock: Clock, limits: JobQueueLimits) {
    this.#clock = clock
    this.#limits = limits
    this.#waitingJobs = new Tally({
      reason: 'queued_jobs',
      all: limits.queuedJobs,
      perPrincipal: limits.queuedJobsPerPrincipal,
    })
    this.#waitingSize = new Tally({
      reason: 'queued_size',
      all: limits.queuedSize,
      perPrincipal: limits.queuedSizePerPrincipal,
    })
  }

  /** Whether no job runs or waits, so that nothing is held of any principal or agent. */
  get isIdle(): boolean {
    return this.#principals.size + this.#agents.size + this.#turns.size + this.#running === 0
  }

  /**
   * Takes a job in; it runs when its turn comes.
   *
   * @throws INTERNAL_ERROR when it would have to wait, and too many or too large ones do
   */
  enter(job: JobToRun): Place {
    const principal = this.#principalOf(job.principal)
    const agent = this.#agentOf(job.agent)
    const entry: Entry = {
      job,
      principal,
      agent,
      order: this.#order++,
      state: 'running',
      size: 0,
      run: undefined,
    }
    const mustWait = this.#scheduled || !this.#hasRoom(entry)
    if (mustWait) this.#wait(entry)
    else this.#occupy(entry)
    this.#principals.set(job.principal, principal)
    this.#agents.set(job.agent, agent)
    return {
      position: mustWait ? principal.waiting : 0,
      onTurn: (run) => {
        if (entry.state === 'running') run()
        else entry.run = run
      },
      leave: () => this.#leave(entry),
    }
  }

  #principalOf(name: string): PrincipalGate {
    const limit = this.#limits.runningJobsPerPrincipal
    const known = this.#principals.get(name)
    return known ?? { limit, running: 0, waiting: 0, lanes: new Map(), open: new Set() }
  }

  #agentOf(agent: JobToRun['agent']): AgentGate {
    const limit = agent.maxRunning ?? Number.POSITIVE_INFINITY
    return this.#agents.get(agent) ?? { limit, running: 0, waiting: 0, shut: new Set() }
  }

  #hasRoom({ principal, agent }: Entry): boolean {
    return this.#running < this.#limits.runningJobs && isOpen(principal) && isOpen(agent)
  }

  #wait(entry: Entry): void {
    const { job, principal, agent } = entry
    this.#waitingJobs.check(job.principal)
    const size = job.size()
    this.#waitingSize.check(job.principal, size)
    this.#waitingJobs.add(job.principal)
    this.#waitingSize.add(job.principal, size)
    const lane = principal.lanes.get(job.agent) ?? { principal, agent, waiting: new Set() }
    lane.waiting.add(entry)
    principal.lanes.set(job.agent, lane)
    if (lane.waiting.size === 1) this.#open(lane)
    entry.state = 'waiting'
    entry.size = size
    principal.waiting++
    agent.waiting++
  }

  #occupy(entry: Entry): void {
    const { principal, agent } = entry
    entry.state = 'running'
    this.#running++
    principal.running++
    agent.running++
    if (isOpen(principal)) return
    // Its lanes cannot use the room their agents have; somebody else's may.
    for (const lane of principal.open) this.#openNext(lane.agent)
  }

  #leave(entry: Entry): void {
    const { principal, agent, state } = entry
    if (state === 'gone') return
    if (state === 'waiting') this.#withdraw(entry)
    else {
      this.#running--
      principal.running--
      agent.running--
      if (principal.open.size > 0) this.#turns.add(principal)
      this.#openNext(agent)
    }
    entry.state = 'gone'
    entry.run = undefined
    if (principal.running + principal.waiting === 0) this.#principals.delete(entry.job.principal)
    if (agent.running + agent.waiting === 0) this.#agents.delete(entry.job.agent)
    this.#schedule()
  }

  /** It waits no longer. */
  #withdraw(entry: Entry): void {
    const { job, principal, agent, size } = entry
    this.#waitingJobs.subtract(job.principal)
    this.#waitingSize.subtract(job.principal, size)
    principal.waiting--
    agent.waiting--
    const lane = principal.lanes.get(job.agent)
    lane?.waiting.delete(entry)
    if (!lane || lane.waiting.size > 0) return
    principal.lanes.delete(job.agent)
    principal.open.delete(lane)
    agent.shut.delete(lane)
    this.#openNext(agent)
  }

  /** Lets a lane wait for nothing but its turn. */
  #open(lane: Lane): void {
    lane.agent.shut.delete(lane)
    lane.principal.open.add(lane)
    if (isOpen(lane.principal)) this.#turns.add(lane.principal)
  }

  /** An agent's room goes to the next lane that can use it; the others wait for room of their principal's. */
  #openNext(agent: AgentGate): void {
    if (!isOpen(agent)) return
    for (const lane of agent.shut) {
      this.#open(lane)
      if (isOpen(lane.principal)) break
    }
    this.#schedule()
  }

  /** Starts happen in macrotasks of their own, so that a long queue of short jobs lets others come in between. */
  #schedule(): void {
    if (this.#scheduled || this.#turns.size === 0 || this.#running >= this.#limits.runningJobs) return
    this.#scheduled = true
    this.#clock.defer(() => this.#turn())
  }

  #turn(): void {
    const deadline = this.#clock.monotonic() + TURN_MS
    for (let starts = 0; starts < STARTS_PER_TURN && this.#clock.monotonic() < deadline; starts++) {
      const entry = this.#next()
      if (!entry) break
      this.#occupy(entry)
      this.#withdraw(entry)
      entry.run?.()
      entry.run = undefined
    }
    this.#scheduled = false
    this.#schedule()
  }

  #next(): Entry | undefined {
    for (const principal of this.#turns) {
      if (this.#running >= this.#limits.runningJobs) return undefined
      this.#turns.delete(principal)
      const entry = isOpen(principal) ? this.#oldestOf(principal) : undefined
      if (!entry) continue
      this.#turns.add(principal)
      return entry
    }
    return undefined
  }

  /** The oldest of a principal's jobs whose agent has room; lanes of agents that have none are shut on the way. */
  #oldestOf(principal: PrincipalGate): Entry | undefined {
    let oldest: Entry | undefined
    for (const lane of principal.open) {
      if (!isOpen(lane.agent)) {
        principal.open.delete(lane)
        lane.agent.shut.add(lane)
        continue
      }
      const [first] = lane.waiting
      if (first && !(oldest && oldest.order < first.order)) oldest = first
    }
    return oldest
  }
}

function isOpen({ running, limit }: Gate): boolean {
  return running < limit
}
