import { type Envelope, formatTimestamp } from '@arcp/protocol'
import type { CompatLimits } from '../options'
import type { Dialect } from '../peer'
import { EventNumbers } from './event-numbers'
import { FollowedJobs } from './followed-jobs'
import { type OpenRequest, OpenRequests } from './open-requests'
import type { SharedMemory } from './shared-memory'

/** What {@link ClientMemory} needs. */
export interface ClientMemoryParts {
  readonly dialect: Dialect
  readonly limits: CompatLimits
  /** What carries the frames, where that is known: `stdio` … */
  readonly medium: string | undefined
  readonly shared: SharedMemory
  /** The time, in milliseconds since 1970. */
  readonly now: () => number
  /** A fresh trace id. */
  readonly traceId: () => string
  /** A fresh id of a frame. */
  readonly id: () => string
}

interface WaitingSubmit {
  readonly frame: Envelope
  readonly request: OpenRequest
}

/** What the translator of one session knows, across its transports. */
export class ClientMemory {
  readonly dialect: Dialect
  readonly limits: CompatLimits
  readonly medium: string | undefined
  readonly shared: SharedMemory
  readonly now: () => number
  readonly traceId: () => string
  readonly requests: OpenRequests
  readonly jobs: FollowedJobs
  readonly numbers: EventNumbers
  /** The features the client has asked for. */
  asked: readonly string[] = []
  /** The features that both sides named. */
  features: readonly string[] = []
  /** The session, once it stands. */
  sessionId: string | undefined
  /** The session that the hello on its way asks for. */
  resuming: string | undefined
  /** The largest frame the runtime takes, in bytes, once the session stands. */
  maxFrameBytes = Number.POSITIVE_INFINITY
  /** Whether the session stands on the transport at hand. */
  greeted = false
  /** Whether the client has said goodbye. */
  closing = false
  /** Whether the session cannot be taken up again. */
  lost = false
  /** Whether the runtime says which submit a `job.accepted` answers. */
  correlates = false
  /** Submits that wait until the one before them is answered. */
  waiting: WaitingSubmit[] = []
  /** Submits that were under way when the connection broke, by id. */
  interrupted: ReadonlySet<string> = new Set()
  /** How many characters the frame of the runtime at hand has. */
  frameSize = 0
  /** Frames for the runtime, beside those on their way. */
  toRuntime: Envelope[] = []
  /** Frames for the client, beside those on their way. */
  toClient: Envelope[] = []
  readonly #id: () => string

  constructor({ dialect, limits, medium, shared, now, traceId, id }: ClientMemoryParts) {
    this.dialect = dialect
    this.limits = limits
    this.medium = medium
    this.shared = shared
    this.now = now
    this.traceId = traceId
    this.#id = id
    const { unansweredRequests, answerMs, followedJobs, unacknowledgedEvents } = limits
    this.requests = new OpenRequests({ limit: unansweredRequests, forgetMs: answerMs, now })
    this.jobs = new FollowedJobs(followedJobs)
    this.numbers = new EventNumbers(unacknowledgedEvents)
  }

  /** A message of the translator's own. */
  frame(type: string, payload: Record<string, unknown>, job_id?: string): Envelope {
    const { sessionId: session_id } = this
    return { arcp: '1.1', id: this.#id(), type, ...given({ session_id, job_id }), payload }
  }

  /** A ping of the translator's own, whose answer it knows by the nonce. */
  ping(nonce: string): Envelope {
    return this.frame('session.ping', { nonce, sent_at: formatTimestamp(this.now()) })
  }

  /** Refuses a request of the client, which goes no further. */
  refuse(
    requestId: string,
    code: string,
    message: string,
    details?: Record<string, unknown>,
  ): readonly Envelope[] {
    const payload = {
      request_id: requestId,
      code,
      message,
      retryable: false,
      ...(details ? { details } : {}),
    }
    return this.answer(this.frame('session.error', payload))
  }

  /** Answers a request of the client, which goes no further. */
  answer(frame: Envelope): readonly Envelope[] {
    this.requests.close(frame.payload.request_id)
    this.toClient.push(frame)
    return []
  }

  /** Follows a job from here on. The one that has to make room for it is told to be gone. */
  follow(job: Parameters<FollowedJobs['add']>[0]): void {
    const oldest = this.jobs.add(job)
    if (oldest) this.lose(oldest.id)
  }

  /** No more of a job's events will come. */
  lose(jobId: string): void {
    this.jobs.delete(jobId)
    this.toClient.push(this.frame('job.unsubscribed', { job_id: jobId, reason: 'events_lost' }, jobId))
  }

  /** Whether a submit but this one is sent and not answered. */
  submitsUnderWay(but?: string): boolean {
    return this.requests.oldest(({ id, type }) => type === 'job.submit' && id !== but) !== undefined
  }

  /** Has a submit wait for its turn; only then it is one that can be answered. */
  wait(frame: Envelope): void {
    const request = this.requests.get(frame.id)
    if (!request) return
    this.requests.close(frame.id)
    this.waiting.push({ frame, request })
  }

  /** The submits whose turn it is. */
  nextSubmits(): readonly Envelope[] {
    const { correlates, waiting } = this
    if (waiting.length === 0 || !(correlates || !this.submitsUnderWay())) return []
    return waiting.splice(0, correlates ? waiting.length : 1).map(({ frame, request }) => {
      this.requests.add(request)
      return frame
    })
  }

  /** The oldest request to follow a job. */
  subscriptionTo(jobId: string | undefined): OpenRequest | undefined {
    return this.requests.oldest((each) => each.type === 'job.subscribe' && each.jobId === jobId)
  }

  /** Keeps an event of a job until its subscription is answered; one too many refuses that. */
  holdBack(frame: Envelope): readonly Envelope[] | undefined {
    const { job_id } = frame
    const job = this.jobs.get(job_id)
    if (job_id === undefined || (job && !job.isAwaited)) return undefined
    const request = this.subscriptionTo(job_id)
    if (!request) {
      if (!job) return undefined
      // Nobody has answered in time what it was followed with.
      this.lose(job_id)
      return []
    }
    const { heldEvents, heldSize } = this.limits
    const size = (request.heldSize ?? 0) + this.frameSize
    if (request.held.length < heldEvents && size <= heldSize) {
      request.held.push(frame)
      request.heldSize = size
      return []
    }
    this.toRuntime.push(this.frame('job.unsubscribe', { job_id }, job_id))
    if (request.isOwn) {
      this.requests.close(request.id)
      this.lose(job_id)
      return []
    }
    const details = { reason: 'held_events', limit: size > heldSize ? heldSize : heldEvents }
    return this.refuse(
      request.id,
      'INTERNAL_ERROR',
      'the history is longer than may wait for its answer',
      details,
    )
  }

  /** A transport takes up the session in place of one that is gone: the client asks again for what was not answered. */
  interrupt(): void {
    const sent = this.requests.clear().filter(({ type }) => type === 'job.submit')
    this.interrupted = new Set(sent.map(({ id }) => id))
    this.greeted = false
    this.waiting = []
    this.toRuntime = []
    this.toClient = []
  }
}

/** Without what is `undefined`. */
function given<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<Fields>
}
