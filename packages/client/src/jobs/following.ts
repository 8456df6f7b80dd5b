import type { JobEvent, JobSubscribed } from '@arcp/protocol'
import { eventsLost } from '../failures'
import type { Requests } from '../requests/requests'
import type { JobHandle } from './job-handle'

/** How much a runtime may send, and whether it can be told to wait. */
export interface Terms {
  /** Whether subscribing is agreed, so that a job can be held. */
  readonly canHold: boolean
  /** How far above their limit handles are filled while the runtime has yet to hear of it, 1 being that limit. */
  readonly most: number
}

/**
 * One job and the handles that follow it in this session. A handle that is full takes no more: the others go on
 * without it, and where none is left the runtime is asked to hold the job. When it has room again, it asks for what
 * comes after its own place; the others have had that and pass it over. `docs/protocol.md` §5.
 */
export class Following {
  readonly id: string
  handles: readonly JobHandle[] = []
  readonly #requests: Pick<Requests, 'ask'>
  /** The request to hold it, while that is the last of its kind and unanswered. */
  #holding: object | undefined

  constructor(id: string, requests: Pick<Requests, 'ask'>) {
    this.id = id
    this.#requests = requests
  }

  /** Whether none of its handles has room. */
  get full(): boolean {
    return this.handles.every((handle) => handle.full)
  }

  /** A further handle, which has asked for the job's events; where it is to be held since, they are asked for again. */
  add(handle: JobHandle): void {
    this.handles = [...this.handles, handle]
    if (this.#holding) this.catchUp()
  }

  /** The place its events are to come from, and in which log: that of the handle furthest back among those with room. */
  get from(): { readonly after_seq: number; readonly log_epoch: string | undefined } {
    const { handles } = this
    const open = handles.filter((handle) => !handle.full)
    const places = (open.length > 0 ? open : handles).map((handle) => handle.lastSeq)
    return { after_seq: Math.min(...places), log_epoch: handles[0]?.logEpoch }
  }

  /** Only its owner has one. */
  get resumeToken(): string | undefined {
    return this.handles.find((handle) => handle.resumeToken)?.resumeToken
  }

  /** Passes an event on. `size` is what it counts for, in bytes. */
  deliver(event: JobEvent, size: number, { canHold, most }: Terms): void {
    const { handles } = this
    const full = !canHold || this.full
    if (full && canHold && !this.#holding) this.#hold()
    for (const handle of handles) if (full ? handle.load < most : !handle.full) handle.take(event, size)
  }

  /** A handle has room again: asks for what it has not had. A refusal ends those that stand where it was asked for. */
  catchUp(): void {
    const { from } = this
    this.#holding = undefined
    this.subscribe(({ first_seq }) => this.movedTo(from.after_seq, first_seq)).catch((error) => {
      const lagging = this.handles.filter((handle) => handle.lagging && !handle.full)
      for (const handle of lagging) if (handle.lastSeq <= from.after_seq) handle.lose(error)
      if (lagging.some((handle) => !handle.ended)) this.catchUp()
    })
  }

  /**
   * The runtime sends what comes after `place` from now on, of what it still holds from `firstSeq` on. Those with room
   * that stand before it ask for what they have not had: they came or had room again after this was asked for, or it was
   * asked for before the connection broke, or by a handle of its own. What is gone nobody needs to ask for.
   */
  movedTo(place: number, firstSeq = 0, others: readonly JobHandle[] = this.handles): void {
    for (const handle of others) {
      const { full, lastSeq } = handle
      if (!full && lastSeq > 0 && lastSeq < firstSeq - 1) handle.lose(eventsLost('events_lost', firstSeq))
    }
    const passed = others.some(
      (handle) => !handle.full && !handle.lagging && !handle.ended && handle.lastSeq < place,
    )
    for (const handle of others) handle.lagging = handle.lastSeq < place
    if (passed) this.catchUp()
  }

  /** Asks for what comes after {@link from}. Never settles where the session is lost, for then all is asked anew. */
  subscribe(answered: (subscribed: JobSubscribed) => void): Promise<void> {
    return this.#requests.ask({
      type: 'job.subscribe',
      payload: { job_id: this.id, ...this.from },
      answered,
      afterLoss: 'drop',
    })
  }

  /** The job has been taken up again, held or not: with a token as its owner, without one only to watch. */
  owns(resumeToken: string | undefined): void {
    this.#holding = undefined
    for (const handle of this.handles) handle.owns(resumeToken)
  }

  /** The runtime sends no more: ends the handles with room; a full one finds out when it asks for more. */
  lose(error: unknown): void {
    for (const handle of this.handles) if (!handle.full) handle.lose(error)
  }

  /** Asks for no more until {@link subscribe}, however that is answered. */
  #hold(): void {
    const asked = this.#requests.ask({
      type: 'job.unsubscribe',
      payload: { job_id: this.id, hold: true },
      answered() {},
      afterLoss: 'drop',
    })
    const over = () => {
      if (this.#holding === asked) this.#holding = undefined
    }
    this.#holding = asked
    asked.then(over, over)
  }
}
