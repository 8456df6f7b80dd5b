import { decodeUntrustedFrame, type Envelope, readFrame } from '@arcp/protocol'
import { nameOf, textOf } from '../json'
import { featuresOf } from '../peer'
import { translate, type Way, wayOf } from '../rule'
import type { ClientMemory } from './memory'
import type { ClientRule } from './rule'

/** Where the frames of a {@link Translator} go. */
export interface Port {
  toClient(text: string): void
  toRuntime(frames: readonly string[]): void
  /** Ends the transport. */
  end(): void
}

/** The requests that have an answer. */
const ANSWERED: ReadonlySet<string> = new Set([
  'session.list_jobs',
  'job.submit',
  'job.cancel',
  'job.subscribe',
  'job.unsubscribe',
])

/** Translates the frames of one session with a runtime of the public draft, each way. `docs/protocol.md` §13. */
export class Translator {
  readonly memory: ClientMemory
  readonly #reading: Way<ClientMemory>
  readonly #writing: Way<ClientMemory>
  #port: Port | undefined

  constructor(rules: readonly ClientRule[], memory: ClientMemory) {
    this.memory = memory
    this.#reading = wayOf(rules, 'read', memory.dialect)
    this.#writing = wayOf(rules, 'write', memory.dialect)
  }

  /** Takes up the session over a transport, on which this hello is the client's first frame. */
  begin(port: Port, hello: Envelope, resuming: string | undefined): void {
    this.memory.interrupt()
    this.memory.asked = featuresOf(hello)
    this.memory.resuming = resuming
    this.#port = port
  }

  /** Whether frames of this port still concern it. */
  serves(port: Port): boolean {
    return this.#port === port
  }

  /** Hands on what a frame of the runtime is to the client. */
  read(text: string): void {
    this.memory.frameSize = text.length
    const decoded = decodeUntrustedFrame(text)
    const frame = decoded.ok ? decoded.envelope : readFrame(text)
    if (!frame) {
      this.#port?.toClient(text)
      return
    }
    const readable = decoded.ok ? frame : this.#inPlaceOf(frame)
    // There is one welcome: what else were to be believed of the session would not be what the client knows.
    if (frame.type === 'session.welcome' && this.memory.greeted) return
    for (const each of translate(this.#reading, readable, this.memory)) this.#tell(each)
    if (!decoded.ok) this.#giveUp(frame)
    this.#flush()
  }

  /** What only has the number of a frame that nests too deep to be written again. */
  #inPlaceOf({ event_seq, job_id }: Envelope): Envelope {
    return { ...this.memory.frame('session.pong', {}, job_id), ...(event_seq ? { event_seq } : {}) }
  }

  /** Nobody is to wait for what a frame would have told. */
  #giveUp({ job_id, payload }: Envelope): void {
    const { memory } = this
    const request = memory.requests.get(payload.request_id)
    if (request) memory.refuse(request.id, 'INTERNAL_ERROR', 'the answer nests too deep')
    else if (job_id !== undefined && memory.jobs.get(job_id)) memory.lose(job_id)
  }

  /** Hands on what frames of the client are to the runtime. */
  write(frames: readonly string[]): void {
    const translated = frames.flatMap((text) => this.#translated(JSON.parse(text) as Envelope))
    this.#send([...translated, ...this.memory.nextSubmits()])
    // Not inside the call that sends: whoever asks is not yet waiting.
    if (this.memory.toClient.length > 0) queueMicrotask(() => this.#flush())
  }

  #translated(frame: Envelope): readonly Envelope[] {
    const { memory } = this
    const { id, type, trace_id: traceId, payload } = frame
    const jobId = frame.job_id ?? nameOf(payload.job_id)
    if (type === 'session.close') memory.closing = memory.lost = true
    const request = { id, type, traceId, jobId, agent: payload.agent, filter: payload.filter, held: [] }
    if (ANSWERED.has(type) && !memory.requests.add(request, memory.waiting.length)) {
      const details = { reason: 'unanswered_requests', limit: memory.limits.unansweredRequests }
      return memory.refuse(id, 'INTERNAL_ERROR', 'too many requests wait for their answers', details)
    }
    return translate(this.#writing, frame, memory)
  }

  #tell(frame: Envelope): void {
    const { memory } = this
    if (frame.type === 'session.welcome') {
      memory.greeted = true
      memory.sessionId = textOf(frame.payload.session_id)
      memory.maxFrameBytes = Number(frame.payload.max_frame_bytes)
    }
    memory.requests.close(frame.payload.request_id)
    this.#port?.toClient(JSON.stringify(frame))
  }

  /** Sends what rules had to say beside the frames they were given. */
  #flush(): void {
    const { memory } = this
    const { toClient, toRuntime } = memory
    memory.toClient = []
    memory.toRuntime = []
    this.#send([...toRuntime, ...memory.nextSubmits()])
    for (const frame of toClient) this.#tell(frame)
    if (memory.lost && !memory.closing) this.#port?.end()
  }

  #send(frames: readonly Envelope[]): void {
    if (frames.length > 0) this.#port?.toRuntime(frames.map((frame) => JSON.stringify(frame)))
  }
}
