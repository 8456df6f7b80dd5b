import {
  type Clock,
  decodeUntrustedFrame,
  type Envelope,
  encodeFrame,
  formatTimestamp,
  InternalError,
  isTerminalType,
  messageIds,
  type Random,
  randomIds,
} from '@arcp/protocol'
import { nameOf, textOf } from '../json'
import type { CompatLimits } from '../options'
import { recognise } from '../peer'
import { type Rule, translate, type Way, wayOf } from '../rule'
import { asCurrent } from '../version'
import { type OpenRequest, RuntimeMemory } from './memory'

/** What translators of clients need. */
export interface TranslatorParts {
  readonly rules: readonly Rule<RuntimeMemory>[]
  readonly limits: CompatLimits
  readonly clock: Clock
  readonly random: Random
}

/** The requests that have an answer. */
const ANSWERED: ReadonlySet<string> = new Set([
  'session.hello',
  'session.resume',
  'session.list_jobs',
  'job.submit',
  'job.cancel',
  'job.subscribe',
  'job.unsubscribe',
])

/** Translates the frames of one client of the public draft, each way. `docs/protocol.md` §13. */
export class Translator {
  readonly #memory: RuntimeMemory
  readonly #limit: number
  readonly #reading: Way<RuntimeMemory>
  readonly #writing: Way<RuntimeMemory>
  readonly #nextId: () => string
  readonly #helloId: string
  readonly #isEarlier: boolean
  #sessionId: string | undefined

  /**
   * @param hello The client's first frame, which is yet to be read.
   * @param isEarlier Whether that names the earlier version, as clients for TypeScript did.
   */
  constructor({ rules, limits, clock, random }: TranslatorParts, hello: Envelope, isEarlier = false) {
    const dialect = isEarlier ? 'typescript' : recognise(hello)
    this.#isEarlier = isEarlier
    this.#limit = limits.openRequests
    this.#nextId = messageIds(random)
    this.#memory = new RuntimeMemory({
      dialect,
      isEarlier,
      openRequests: limits.openRequests,
      openJobs: limits.openJobs,
      now: () => formatTimestamp(clock.now()),
      jobId: randomIds('job', random),
      frameId: this.#nextId,
    })
    this.#reading = wayOf(rules, 'read', dialect)
    this.#writing = wayOf(rules, 'write', dialect)
    this.#helloId = hello.id
  }

  /** Why the transport is to be ended, if it is. */
  get ending(): string | undefined {
    return this.#memory.ending
  }

  /**
   * What a frame of the client is to the runtime. One that cannot be read stays as it is, for the runtime has an answer to
   * it.
   *
   * @param refuse Is handed the answer to a request that was one too many.
   */
  read(text: string, refuse: (frames: readonly string[]) => void): readonly string[] {
    const current = this.#isEarlier ? asCurrent(text) : text
    const decoded = decodeUntrustedFrame(current)
    if (!decoded.ok) return [current]
    const { envelope: frame } = decoded
    const request: OpenRequest = {
      id: frame.id,
      type: frame.type,
      traceId: frame.trace_id,
      agent: nameOf(frame.payload.agent),
    }
    if (ANSWERED.has(frame.type) && !this.#memory.ask(request)) {
      refuse(this.write([this.#oneTooMany(frame)], request))
      return []
    }
    this.#memory.request = request
    const translated = translate(this.#reading, frame, this.#memory)
    if (translated.some(({ type, payload }) => type === 'session.hello' && payload.resume))
      this.#memory.resumed()
    return translated.map((each) => JSON.stringify(each))
  }

  /**
   * What frames of the runtime are to the client.
   *
   * @param refused The request they answer, where it is none that is open.
   */
  write(frames: readonly string[], refused?: OpenRequest): readonly string[] {
    return frames.flatMap((text) => {
      let frame: Envelope | undefined = JSON.parse(text) as Envelope
      this.#note(frame, refused)
      const translated: string[] = []
      for (; frame; frame = this.#memory.release()) {
        for (const each of translate(this.#writing, frame, this.#memory))
          translated.push(JSON.stringify(each))
      }
      return translated
    })
  }

  #note({ type, session_id, job_id: jobId, payload }: Envelope, refused: OpenRequest | undefined): void {
    const memory = this.#memory
    const id = type === 'session.welcome' ? this.#helloId : textOf(payload.request_id)
    memory.request = refused ?? (id === undefined ? undefined : memory.answered(id))
    if (type === 'session.welcome') {
      memory.greeted = true
      memory.maxFrameBytes = Number(payload.max_frame_bytes)
      this.#sessionId = session_id
    }
    if (jobId === undefined) return
    if (isTerminalType(type)) memory.jobEnded(jobId)
    else if (type === 'job.accepted' || type === 'job.subscribed') memory.jobOpened(jobId)
  }

  #oneTooMany({ id }: Envelope): string {
    const details = { reason: 'open_requests', limit: this.#limit }
    const error = new InternalError('too many requests wait for their answers', { details })
    const payload = { request_id: id, ...error.toWire() }
    return encodeFrame('session.error', payload, { id: this.#nextId(), session_id: this.#sessionId })
  }
}
