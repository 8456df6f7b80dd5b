import type { RawFrame } from '@arcp/testkit'
import { CreditModel } from './credit-model'
import { judgeEvent } from './event'
import { numberOf, textOf } from './frame'
import { judgeRefusal, judgeWelcome } from './hello'
import type { Ledger } from './ledger'
import { type Asking, differs, type Judge, judgeOf, told } from './requests'
import type { Carrier, Numbered, SessionModel } from './session-model'
import { SubmitModel } from './submit'

/** What the runtime's end of a transport has heard and said, judged frame by frame. */
export class LinkJudge implements Carrier {
  over = false
  session: SessionModel | undefined
  /** Why the runtime said it ends the link. */
  farewell: string | undefined
  lastHeardAt: number
  /** When the token of its hello stops to hold. */
  expiresAt = Number.POSITIVE_INFINITY
  readonly #ledger: Ledger
  #hello: RawFrame | undefined
  #nextNumber = 1
  /** Cursors that must be refused, and have not been; with the reason. */
  #refused = new Map<string, string>()
  /** Jobs whose place the client has chosen since the welcome. */
  readonly #moved = new Set<string | undefined>()
  #asked: { readonly id: string; readonly judge: Judge }[] = []
  #saidClose = false
  /** When the transport carried something last, and when the client acknowledged something. */
  #carriedAt: number
  #acknowledgedAt = 0
  #credit: CreditModel | undefined
  /** Since when it is known to want credit. */
  #wantsSince: number | undefined

  constructor(
    readonly name: string,
    readonly principal: string,
    ledger: Ledger,
  ) {
    this.#ledger = ledger
    this.lastHeardAt = ledger.clock.monotonic()
    this.#carriedAt = this.lastHeardAt
  }

  /** Whether its session stands on it, and nothing has ended it. */
  get stands(): boolean {
    return this.session?.carrier === this
  }

  /** What it was given last has left, or nothing was left of it. */
  carries(isEmpty: boolean): void {
    const { session } = this
    this.#carriedAt = this.#ledger.clock.monotonic()
    if (isEmpty && this.stands && session && !session.acks) this.#ledger.taken(session, this.#nextNumber - 1)
  }

  /** The runtime is about to be given this frame. */
  heard(frame: RawFrame): void {
    if (this.over) return
    this.lastHeardAt = this.#ledger.clock.monotonic()
    const { session } = this
    if (!session) {
      this.#hello = frame
      return
    }
    if (session.carrier !== this) return
    session.heard = true
    session.confirm()
    const asking = { ledger: this.#ledger, session, frame }
    if (frame.type === 'job.submit') this.#submit(asking)
    if (frame.type === 'session.close') this.#saidClose = true
    if (frame.type === 'session.ack')
      this.#acknowledged(session, numberOf(frame.payload, 'last_processed_seq') ?? 0)
    const judge = judgeOf(asking)
    const id = frame.type === 'session.ping' ? (textOf(frame.payload, 'nonce') ?? '') : frame.id
    if (judge) this.#asked.push({ id, judge })
  }

  /** The runtime has been given the frame; everything but a submit is answered at once. */
  handled(): void {
    if (this.over) return
    for (const { id } of this.#asked) this.#complain(`${id} was not answered at once`)
  }

  /** The runtime says this. */
  said(frame: RawFrame): void {
    if (this.over) this.#complain(`${frame.type} is said after the end`)
    if (frame.session_id !== this.session?.id && frame.type !== 'session.welcome')
      this.#complain(`${frame.type} names session ${frame.session_id}`)
    if (frame.event_seq !== undefined) this.#event(frame, frame.event_seq)
    else if (frame.type === 'session.welcome') this.#welcome(frame)
    else if (frame.type === 'session.closed') this.#closed(frame)
    else this.#reply(frame)
  }

  /** Either side has ended the transport. */
  ended(): void {
    if (this.over) return
    this.over = true
    const { session } = this
    if (session?.carrier !== this) return
    session.carrier = undefined
    session.parkedAt = this.#ledger.clock.monotonic()
    const isParked = !session.over && this.farewell !== 'taken_over'
    if (isParked && !session.acks) this.#ledger.mayHaveLost(session)
    this.#ledger.coverage.saw(session.over ? 'a session ended' : 'a session parked')
  }

  /** What is above the last number sent is no acknowledgement. */
  #acknowledged(session: SessionModel, eventSeq: number): void {
    if (eventSeq >= this.#nextNumber) return
    this.#ledger.taken(session, eventSeq)
    if (!this.#credit?.acknowledged(eventSeq)) return
    this.#acknowledgedAt = this.#ledger.clock.monotonic()
    this.#wantsSince = undefined
  }

  /** One that came already and waits for its answer gets one answer. */
  #submit(asking: Asking): void {
    const { submits } = asking.session
    if (submits.some(({ id, heardOn }) => id === asking.frame.id && heardOn === this)) return
    submits.push(new SubmitModel(asking, this))
  }

  #complain(text: string): void {
    this.#ledger.complain(`${this.name}: ${text}`)
  }

  #check(complaint: string | undefined, frame: RawFrame): void {
    if (complaint !== undefined) this.#complain(`${frame.type} ${frame.id}: ${complaint}`)
  }

  #welcome(frame: RawFrame): void {
    if (this.session) this.#complain('welcomed twice')
    const welcomed = judgeWelcome(this.#ledger, this.principal, this.#hello, frame)
    if (!welcomed) return
    const { session, nextNumber, refused } = welcomed
    if (frame.session_id !== session.id) this.#complain(`welcomed to ${frame.session_id}, not ${session.id}`)
    session.carrier = this
    this.session = session
    this.#nextNumber = nextNumber
    this.#refused = refused
    this.lastHeardAt = this.#ledger.clock.monotonic()
    this.#acknowledgedAt = this.lastHeardAt
    if (session.acks) this.#credit = new CreditModel(this.#ledger.limits.window, nextNumber - 1)
  }

  #event(frame: RawFrame, eventSeq: number): void {
    const { session } = this
    if (session?.carrier !== this) {
      this.#complain(`${frame.type} is sent to a link that carries no session`)
      return
    }
    if (this.#refused.size > 0) this.#check(`it comes before all refused cursors are told`, frame)
    if (eventSeq !== this.#nextNumber) this.#check(`number ${eventSeq}, not ${this.#nextNumber}`, frame)
    this.#nextNumber = eventSeq + 1
    judgeEvent(this.#ledger, session, frame, eventSeq)
    this.#check(this.#credit?.sent(JSON.stringify(frame.payload).length), frame)
  }

  #reply(frame: RawFrame): void {
    const { type, payload } = frame
    const id = textOf(payload, type === 'session.pong' ? 'ping_nonce' : 'request_id')
    if (id === undefined) this.#unasked(frame)
    else if (this.session) this.#answer(frame, id)
    else this.#check(judgeRefusal(this.#ledger, this.principal, this.#hello, frame), frame)
  }

  #answer(frame: RawFrame, id: string): void {
    this.#moved.add(frame.job_id)
    const at = this.#asked.findIndex((asked) => asked.id === id)
    const [asked] = at < 0 ? [] : this.#asked.splice(at, 1)
    if (asked) this.#check(asked.judge(frame), frame)
    else this.#submitAnswer(frame, id)
  }

  /** Answers to submits come in their order, over the link that carried the request. */
  #submitAnswer(frame: RawFrame, id: string): void {
    const { session } = this
    const next = session?.submits.find(({ heardOn }) => heardOn === this)
    if (next?.id !== id || !(next instanceof SubmitModel)) {
      this.#check(`answers ${id}, but ${next?.id} is asked`, frame)
      return
    }
    session?.submits.splice(session.submits.indexOf(next), 1)
    this.#check(next.judge(frame), frame)
  }

  /** What the runtime says by itself. */
  #unasked(frame: RawFrame): void {
    const { type, payload } = frame
    this.#ledger.coverage.saw(`unasked: ${type}`)
    if (type === 'session.ping') {
      if (!this.session?.heartbeat) this.#check('no heartbeat was agreed', frame)
    } else if (type === 'job.heartbeat') {
      const job = this.#ledger.jobInScope(frame.job_id, this.principal)
      const isDue = job?.state === 'running' && this.session?.following.has(job.id)
      if (!isDue) this.#check('it does not run, or is not followed', frame)
    } else if (type === 'job.unsubscribed') this.#check(this.#unsubscribed(payload), frame)
    else this.#check(`nobody asked: ${told(frame)}`, frame)
  }

  /** A cursor that cannot be served, or a follower whose next event the log has let go. */
  #unsubscribed(payload: RawFrame['payload']): string | undefined {
    const jobId = textOf(payload, 'job_id') ?? ''
    const due = this.#refused.get(jobId)
    this.#refused.delete(jobId)
    if (due !== undefined) {
      this.#ledger.coverage.saw(`a cursor refused as ${due}`)
      return differs(payload, { reason: due })
    }
    const job = this.#ledger.jobs.get(jobId)
    const place = this.session?.following.get(jobId)
    const firstSeq = numberOf(payload, 'first_seq') ?? 0
    if (job?.principal !== this.principal || !place || place.from + 1 >= firstSeq)
      return `told of a loss in ${jobId}, though it is held`
    this.session?.leave(jobId)
    if (job.owner === this.session?.id) job.held.leftAlone()
    this.#ledger.coverage.saw('a follower told of a loss')
    return differs(payload, { reason: 'events_lost' }) ?? job.held.holdsFrom(firstSeq)
  }

  #closed(frame: RawFrame): void {
    const { reason, resume } = frame.payload
    this.farewell = String(reason)
    this.#ledger.coverage.saw(`closed: ${reason}`)
    const { clock, limits, closing } = this.#ledger
    const now = clock.monotonic()
    const isDue = {
      bye: this.#saidClose,
      taken_over: this.session !== undefined,
      heartbeat_lost: this.session?.heartbeat === true && now - this.lastHeardAt >= 2 * limits.heartbeatMs,
      token_expired: now >= this.expiresAt,
      slow_consumer: this.#mayLackReplay() || this.#isSlow(now),
      shutdown: closing,
    }[this.farewell]
    if (!isDue) this.#check(`${told(frame)} is not due`, frame)
    const isBack = ['heartbeat_lost', 'token_expired', 'slow_consumer'].includes(this.farewell)
    if (resume !== isBack) this.#check(`says resume: ${resume}`, frame)
    this.#asked = []
    if (reason === 'bye' && this.session) this.session.over = true
  }

  /** Whether what is to be sent again may have gone by now: no number is skipped then, the link is broken off. */
  #mayLackReplay(): boolean {
    const { session } = this
    const next = this.nextAgain
    if (!session || !next || !this.#ledger.mayBeGone(next)) return false
    const isHeld =
      session.following.has(next.jobId) && this.#ledger.jobs.get(next.jobId)?.owner === session.id
    return !isHeld || this.#moved.has(next.jobId)
  }

  #isSlow(now: number): boolean {
    const { slowConsumerMs } = this.#ledger.limits
    const takesNothing = this.#credit !== undefined && now - this.#acknowledgedAt >= slowConsumerMs
    return takesNothing || now - this.#carriedAt >= slowConsumerMs
  }

  /** Whether an event of this size has to wait until the client acknowledges something. */
  wantsCreditFor(size: number): boolean {
    return this.#credit?.allows(size) === false
  }

  /** What it is to send again first, if it has not sent that yet. */
  get nextAgain(): Numbered | undefined {
    return this.session?.numberedAfter(this.#nextNumber - 1)[0]
  }

  /** At rest events wait for the client to acknowledge something, or do not; the client may not take too long. */
  wantsCredit(wants: boolean): void {
    const { clock, limits } = this.#ledger
    const now = clock.monotonic()
    this.#wantsSince = wants ? (this.#wantsSince ?? now) : undefined
    const since = this.#wantsSince ?? now
    if (now - since > limits.slowConsumerMs)
      this.#complain(`acknowledges nothing for ${now - since} ms, and stays`)
  }

  /** What must hold once everything is at rest. */
  atRest(): void {
    const { session, farewell } = this
    const { clock, limits } = this.#ledger
    const now = clock.monotonic()
    if (farewell === 'taken_over' && session?.carrier === this) this.#complain('taken over by nobody')
    if (!this.stands || !session) return
    if (this.#refused.size > 0) this.#complain(`was not told of the cursors of ${[...this.#refused.keys()]}`)
    if (session.heartbeat && now - this.lastHeardAt >= 2 * limits.heartbeatMs)
      this.#complain(`silent for ${now - this.lastHeardAt} ms, and still attached`)
    if (now >= this.expiresAt) this.#complain('its token has expired, and it is still attached')
  }
}
