import type { Transport, TransportClose } from '@arcp/protocol/transport'
import type { FaultyTransport, RawFrame } from '@arcp/testkit'
import type { LinkJudge } from '../model/link-judge'
import { View } from './view'

/** What a client keeps of a session, link or no link. */
export class ClientSession {
  /** Every resume token it was told, oldest first. */
  readonly tokens: string[] = []
  /** The newest number it was sent. */
  lastNumber = 0
  readonly views = new Map<string, View>()
  /** Requests without an answer, by their `id`. */
  readonly unanswered = new Map<string, object>()
  /** Every submit it made, by its `id`. */
  readonly submits = new Map<string, RawFrame>()
  over = false

  constructor(
    readonly id: string,
    readonly token: string,
    readonly heartbeat: boolean,
    /** After how many events it acknowledges by itself; `undefined` where that is not agreed. */
    public acks: number | undefined,
  ) {}

  view(jobId: string): View {
    const view = this.views.get(jobId) ?? new View()
    this.views.set(jobId, view)
    return view
  }
}

/** How far a client that resumes says it is. */
interface Resume {
  readonly last_event_seq: number
  readonly cursors?: Readonly<Record<string, { readonly seq: number }>>
}

/** What a client needs to be one end of a link. */
export interface ClientParts {
  readonly near: Transport
  /** The runtime's end, as it fails. */
  readonly far: FaultyTransport
  readonly judge: LinkJudge
  readonly heartbeat: boolean
  /** After how many events it acknowledges by itself, 0 for never; `undefined` where that is not agreed. */
  readonly acks: number | undefined
  /** Whether frames to it may be lost on the way. */
  readonly loses: boolean
  readonly nextId: () => string
  readonly complain: (text: string) => void
  /** A session is known from now on; the one that was, if it is. */
  readonly onWelcome: (sessionId: string, make: () => ClientSession) => ClientSession
}

/** A client on one link: speaks by hand, checks what an application would see, and answers pings. */
export class Client {
  readonly judge: LinkJudge
  readonly far: FaultyTransport
  session: ClientSession | undefined
  /** Does nothing any more: it has closed the link, or been told that it is closed. */
  gone = false
  readonly #parts: ClientParts
  readonly #token: string
  #resumed: Resume | undefined
  #nextNumber = 1
  #resend = false

  constructor(parts: ClientParts, token: string) {
    this.#parts = parts
    this.#token = token
    this.judge = parts.judge
    this.far = parts.far
    parts.near.start({
      frame: (text) => this.#receive(JSON.parse(text) as RawFrame),
      close: (info) => this.#closed(info),
      drain: () => {},
    })
  }

  /** Whether it has been welcomed and may ask for things. */
  get stands(): boolean {
    return this.session !== undefined && !this.gone
  }

  hello(resume?: Resume, options: { readonly resend?: boolean } = {}): void {
    this.#resumed = resume
    this.#resend = options.resend === true
    const { heartbeat, acks } = this.#parts
    const features = [
      'typed_events',
      ...(heartbeat ? ['heartbeat'] : []),
      ...(acks === undefined ? [] : ['ack']),
    ]
    this.#send('session.hello', {
      client: { name: 'schedule', version: '1.0.0' },
      auth: { scheme: 'bearer', token: this.#token },
      capabilities: { encodings: ['json'], features },
      ...(resume ? { resume } : {}),
    })
  }

  /** Asks for something that is answered. */
  request(type: string, payload: object): void {
    const frame = this.#send(type, payload)
    if (!this.session || type === 'session.ack') return
    this.session.unanswered.set(frame.id, frame)
    if (type === 'job.submit') this.session.submits.set(frame.id, frame)
  }

  ping(): void {
    const id = this.#parts.nextId()
    this.#send('session.ping', { nonce: id }, id)
  }

  /** Says that it has everything it was sent. */
  acknowledge(upTo = this.session?.lastNumber): void {
    this.request('session.ack', { last_processed_seq: upTo })
  }

  /** Sends a frame again as it was. */
  repeat(frame: object): void {
    this.#parts.near.send([JSON.stringify(frame)])
  }

  close(): void {
    this.gone = true
    this.#parts.near.close()
  }

  #send(type: string, payload: object, id = this.#parts.nextId()): RawFrame {
    const session_id = this.session?.id
    const frame = { arcp: '1.1', id, type, ...(session_id ? { session_id } : {}), payload } as RawFrame
    this.repeat(frame)
    return frame
  }

  #receive(frame: RawFrame): void {
    if (this.gone) return
    const { type, payload, event_seq } = frame
    if (type === 'session.welcome') this.#welcomed(frame)
    else if (event_seq !== undefined) this.#event(frame, event_seq)
    else if (type === 'session.ping')
      this.#send('session.pong', { ping_nonce: payload.nonce, received_at: '' })
    else if (type === 'session.closed' && payload.reason === 'bye' && this.session) this.session.over = true
    else if (type === 'job.accepted' || type === 'job.subscribed') this.#follows(frame)
    if (typeof payload.request_id === 'string') this.session?.unanswered.delete(payload.request_id)
  }

  #welcomed({ session_id = '', payload }: RawFrame): void {
    const make = () => new ClientSession(session_id, this.#token, this.#parts.heartbeat, this.#parts.acks)
    const session = this.#parts.onWelcome(session_id, make)
    session.tokens.push(String(payload.resume_token))
    this.session = session
    const { last_event_seq = 0, cursors = {} } = this.#resumed ?? {}
    session.lastNumber = last_event_seq
    for (const [jobId, { seq }] of Object.entries(cursors)) if (seq === 0) session.view(jobId).startAnew()
    this.#nextNumber = session.lastNumber + 1
    if (this.#resend) for (const frame of session.unanswered.values()) this.repeat(frame)
  }

  /** Numbers have no gap; a link that lost a frame is left. */
  #event(frame: RawFrame, eventSeq: number): void {
    const { session } = this
    if (!session) {
      this.#parts.complain(`${this.judge.name}: an event before the welcome`)
      return
    }
    if (eventSeq > this.#nextNumber) {
      if (!this.#parts.loses)
        this.#parts.complain(`${this.judge.name}: number ${eventSeq} instead of ${this.#nextNumber}`)
      this.close()
      return
    }
    this.#nextNumber = Math.max(this.#nextNumber, eventSeq + 1)
    session.lastNumber = this.#nextNumber - 1
    const view = session.view(frame.job_id ?? '')
    if (this.#mayHaveAskedFor(frame.job_id)) view.jumpTo((frame.payload.seq as number) - 1)
    const complaint = view.take(frame)
    if (complaint) this.#parts.complain(`${session.id} as seen by its client: ${complaint}`)
    if (session.acks && session.lastNumber % session.acks === 0) this.acknowledge()
  }

  /** Whether a request that chooses where the job's events go on has been sent, and no answer seen. */
  #mayHaveAskedFor(jobId: string | undefined): boolean {
    for (const frame of this.session?.unanswered.values() ?? []) {
      const { type, payload } = frame as RawFrame
      if (type === 'job.submit' || (type === 'job.subscribe' && payload.job_id === jobId)) return true
    }
    return false
  }

  /** The answer says from where events follow, where the request does not. */
  #follows({ payload, type }: RawFrame): void {
    const { session } = this
    const asked = session?.unanswered.get(String(payload.request_id)) as RawFrame | undefined
    const view = session?.view(String(payload.job_id))
    if (!view) return
    const wanted = asked?.payload.after_seq
    view.jumpTo((payload.first_seq as number) - 1)
    if (typeof wanted === 'number') view.jumpTo(wanted)
    else if (type === 'job.subscribed') view.jumpTo(payload.last_seq as number)
    else if (asked?.payload.resume_token !== undefined) view.jumpTo(2)
  }

  #closed(_: TransportClose): void {
    this.gone = true
  }
}
