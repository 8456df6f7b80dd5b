import type { Job } from '@arcp/client'
import { isArcpError, isTerminalType, type JobEvent } from '@arcp/protocol'
import type { JobModel } from '../model/job-model'
import type { Ledger } from '../model/ledger'

/** What a {@link Reader} needs. */
export interface ReaderParts {
  readonly ledger: Ledger
  readonly name: string
  /** Whether every event of the job has come to this handle, from the first one on. */
  readonly hasAll: boolean
  /** The session of its client. */
  readonly sessionId: () => string | undefined
  /** Whether the client has ended, so that nothing more can come. */
  readonly isOver: () => boolean
  /** Whether nobody else reads the job by the same client, whose place may be further back. */
  readonly isAlone: () => boolean
  /** Something has been read. */
  readonly onRead: () => void
}

/** Somebody who reads one handle of a job at a pace of its own, and checks that nothing is missing, wrong or twice. */
export class Reader {
  readonly job: Job
  readonly #parts: ReaderParts
  #iterator: AsyncIterableIterator<JobEvent> | undefined
  #stream: ReadableStreamDefaultReader<Uint8Array> | undefined
  #wanted = 0
  #reading = false
  #wantedBytes = 0
  #readingBytes = false
  /** The newest event read; those of an iteration that was left count. */
  #last = 0
  /** Whether the next event may be any that is newer, because the iteration has just begun. */
  #isFresh = true
  #sawEnd = false
  /** Whether an iteration was left: what waited then is gone, be it the end. */
  #hasLeft = false
  #over = false
  #bytes = ''
  #decoder = new TextDecoder()
  #result: 'none' | 'asked' | 'told' = 'none'

  constructor(job: Job, parts: ReaderParts) {
    this.job = job
    this.#parts = parts
  }

  /** Reads so many events more; they may be long in coming. */
  read(count: number): void {
    if (this.#over) return
    this.#iterator ??= this.job.events()
    this.#wanted += count
    if (!this.#reading) void this.#readOn(this.#iterator)
  }

  /** Leaves the iteration; the next one begins with what comes then. */
  leave(): void {
    this.#hasLeft ||= this.#iterator !== undefined
    void this.#iterator?.return?.()
    this.#iterator = undefined
    this.#isFresh = true
    this.#wanted = 0
  }

  /** Asks for the result as a promise. */
  result(): void {
    if (this.#stream || this.#result !== 'none') return
    this.#result = 'asked'
    const told = (judge: () => void) => {
      this.#result = 'told'
      judge()
    }
    this.job.result().then(
      (value) => told(() => this.#judgeValue(value)),
      (error: unknown) => told(() => this.#judgeFailure(error)),
    )
  }

  /** Reads so many pieces of the result's bytes. */
  stream(count: number): void {
    if (this.#result !== 'none' && !this.#stream) return
    this.#result = this.#result === 'none' ? 'asked' : this.#result
    this.#stream ??= this.job.resultStream().getReader()
    this.#wantedBytes += count
    if (!this.#readingBytes) void this.#readBytes(this.#stream)
  }

  /** Reads all there is. */
  finish(): void {
    if (!this.#over) this.read(Number.POSITIVE_INFINITY)
    if (this.#result === 'asked' && this.#stream) this.stream(Number.POSITIVE_INFINITY)
  }

  /** What it still waits for, of a job that has ended. */
  get lacks(): string | undefined {
    const { ledger, name } = this.#parts
    const model = ledger.jobs.get(this.job.id)
    if (!model?.ended || model.forgotten) return undefined
    if (!this.#over) return `${name} read ${this.job.id} up to ${this.#last}, and not its end`
    return this.#result === 'asked' ? `${name} has not been told the result of ${this.job.id}` : undefined
  }

  async #readOn(iterator: AsyncIterableIterator<JobEvent>): Promise<void> {
    this.#reading = true
    while (this.#wanted > 0 && !this.#over && iterator === this.#iterator) {
      this.#wanted--
      try {
        const { done, value } = await iterator.next()
        if (iterator !== this.#iterator) break
        if (done) this.#ended()
        else this.#take(value)
      } catch (error) {
        this.#over = true
        this.#judgeFailure(error)
      }
    }
    this.#reading = false
    if (this.#iterator && this.#iterator !== iterator && this.#wanted > 0) void this.#readOn(this.#iterator)
  }

  #take({ type, resume_token: _, ...payload }: JobEvent & { resume_token?: string }): void {
    const { seq } = payload
    const last = this.#last
    const isNext = this.#isFresh ? seq > last : seq === last + 1
    if (!isNext) this.#complain(`event ${seq} comes after ${last}`)
    const logged = this.#model?.payloadOf(seq)
    if (JSON.stringify(payload) !== logged || type !== this.#model?.typeOf(seq))
      this.#complain(`event ${seq} is ${JSON.stringify(payload)}, but ${logged} was logged`)
    this.#isFresh = false
    this.#last = seq
    this.#sawEnd ||= isTerminalType(type)
    this.#parts.ledger.coverage.saw('an event that is read')
    this.#parts.onRead()
  }

  #ended(): void {
    this.#over = true
    if (!this.#sawEnd && !this.#hasLeft) this.#complain(`it is over after ${this.#last}, without an end`)
  }

  async #readBytes(stream: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    this.#readingBytes = true
    while (this.#wantedBytes > 0 && this.#result === 'asked') {
      this.#wantedBytes--
      try {
        const { done, value } = await stream.read()
        this.#bytes += this.#decoder.decode(value, { stream: !done })
        this.#parts.onRead()
        if (!done) continue
        this.#result = 'told'
        this.#parts.ledger.coverage.saw('a result that is read as a stream')
        this.#judgeBytes()
      } catch (error) {
        this.#result = 'told'
        this.#judgeFailure(error)
      }
    }
    this.#readingBytes = false
  }

  #judgeBytes(): void {
    const written = this.#model?.written
    const value = written ? undefined : JSON.stringify(this.#returned)
    if (this.#bytes !== (written || value))
      this.#complain(`its result reads ${this.#bytes}, and should be ${written || value}`)
  }

  #judgeValue(value: unknown): void {
    this.#parts.ledger.coverage.saw('a result that is told')
    const expected = this.#model?.written || this.#returned
    if (JSON.stringify(value) !== JSON.stringify(expected))
      this.#complain(`its result is ${JSON.stringify(value)}, and should be ${JSON.stringify(expected)}`)
  }

  /** What the agent has returned. */
  get #returned(): unknown {
    return this.#model?.causes.find(({ cause }) => cause === 'returned')?.detail
  }

  /** Nothing fails but what the job failed with, and what is gone. */
  #judgeFailure(error: unknown): void {
    const { ledger, isOver } = this.#parts
    const model = this.#model
    if (ledger.closing || isOver() || !model || model.forgotten) return
    const { code = '', details } = isArcpError(error) ? error : {}
    ledger.coverage.saw(`a reader told ${code}`)
    const isDue = {
      RESUME_WINDOW_EXPIRED: this.#mayLack(model) && !this.#isWaitedFor(model),
      CANCELLED: model.state === 'cancelled',
      INTERNAL_ERROR: details?.reason === 'events_missing' ? this.#lacksAll(model) : this.#mayFail(model),
    }[code]
    if (!isDue) this.#complain(`it fails with ${String(error)} after ${this.#last}`)
  }

  /** Whether what comes next may be gone, for it or for whoever shares its place. */
  #mayLack({ held }: JobModel): boolean {
    return held.mayBeGone > (this.#isFresh || !this.#parts.isAlone() ? 0 : this.#last)
  }

  /** Whether it reads by the session that has owned the job all the time, and is waited for at a full log. */
  #isWaitedFor({ owners, keptUntil }: JobModel): boolean {
    const { ledger, sessionId, isAlone } = this.#parts
    const owns = owners.every((owner) => owner === sessionId())
    return owns && isAlone() && ledger.limits.whenLogFull !== 'let-go' && ledger.clock.monotonic() < keptUntil
  }

  /** Whoever has nothing yet asks for all that is held, and its fellows with it. */
  #lacksAll(model: JobModel): boolean {
    return (this.#last === 0 || !this.#parts.isAlone()) && this.#mayLack(model)
  }

  /** A result is put together only from its beginning. */
  #mayFail({ state }: JobModel): boolean {
    return state === 'failed' || !this.#parts.hasAll
  }

  get #model(): JobModel | undefined {
    return this.#parts.ledger.jobs.get(this.job.id)
  }

  #complain(text: string): void {
    this.#parts.ledger.complain(`${this.#parts.name}: ${this.job.id}: ${text}`)
  }
}
