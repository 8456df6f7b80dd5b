import type { JobAccepted, JobEvent, JobState } from '@arcp/protocol'
import type { ClientLimits } from '../limits'
import { ByteBudget } from '../results/byte-budget'
import { JobHandle, type JobHandleParts } from './job-handle'
import { UnclaimedEvents } from './unclaimed-events'

/** What {@link Jobs} needs. */
export interface JobsParts {
  readonly limits: ClientLimits
  /** Whether a submit waits for its answer, so that events of a job not known may belong to it. */
  readonly expecting: () => boolean
  readonly cancel: (jobId: string, reason: string | undefined) => Promise<JobState>
}

/** The jobs of a session that have not ended, by id; several handles may follow one job. */
export class Jobs {
  readonly #parts: JobsParts
  readonly #handleLimits: JobHandleParts['limits']
  readonly #handles = new Map<string, JobHandle[]>()
  readonly #unclaimed: UnclaimedEvents

  constructor(parts: JobsParts) {
    this.#parts = parts
    this.#handleLimits = { ...parts.limits, budget: new ByteBudget(parts.limits.resultBytesInAll) }
    this.#unclaimed = new UnclaimedEvents(parts.limits)
  }

  /** How many jobs are followed. */
  get size(): number {
    return this.#handles.size
  }

  /** A handle for a job that has just been accepted, with the events that came before the answer. */
  add<Result>(accepted: JobAccepted): JobHandle<Result> {
    const { cancel } = this.#parts
    const handle = new JobHandle<Result>({ accepted, limits: this.#handleLimits, cancel })
    const others = this.#handles.get(accepted.job_id)
    if (others) others.push(handle)
    else this.#handles.set(accepted.job_id, [handle])
    handle.whenEnded(() => this.#remove(handle))
    for (const { event, size } of this.#unclaimed.claim(accepted.job_id)) handle.take(event, size)
    return handle
  }

  /** Passes an event to whom it belongs. `size` is what it counts for, in bytes. */
  deliver(jobId: string, event: JobEvent, size: number): void {
    const handles = this.#handles.get(jobId)
    if (handles === undefined) {
      if (this.#parts.expecting()) this.#unclaimed.hold(jobId, event, size)
      else this.#unclaimed.clear()
    } else if (handles.length === 1) handles[0]?.take(event, size)
    else for (const handle of [...handles]) handle.take(event, size)
  }

  /** Ends every handle with `error`. */
  loseAll(error: unknown): void {
    this.#unclaimed.clear()
    for (const handles of [...this.#handles.values()]) {
      for (const handle of [...handles]) handle.lose(error)
    }
  }

  #remove(handle: JobHandle): void {
    const handles = this.#handles.get(handle.id)
    const rest = handles?.filter((other) => other !== handle) ?? []
    if (rest.length > 0) this.#handles.set(handle.id, rest)
    else this.#handles.delete(handle.id)
  }
}
