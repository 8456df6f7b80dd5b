import type { RawFrame } from '@arcp/testkit'
import { type FollowRequest, followRefusal, followRequestOf, placeOf, tellsOfLoss } from './follow'
import { numberOf, textOf } from './frame'
import type { JobModel } from './job-model'
import { pair } from './ledger'
import { type Asking, differs, refusedWith, told } from './requests'
import type { Carrier, WaitingSubmit } from './session-model'

/** A submit from when it is heard until it is answered, and what its answer has to be. */
export class SubmitModel implements WaitingSubmit {
  readonly id: string
  readonly #asking: Asking
  readonly #key: string | undefined
  readonly #token: string | undefined
  readonly #isHeardAgain: boolean
  /** How often anything had changed in the queue when it was heard. */
  readonly #queueStep: number
  /** The job it takes up, as far as that was known when it was heard. */
  readonly #known:
    | { readonly ended: boolean; readonly lastSeq: number; readonly seen: number; readonly owners: number }
    | undefined

  constructor(
    asking: Asking,
    readonly heardOn: Carrier,
  ) {
    const { payload, id } = asking.frame
    this.#asking = asking
    this.id = id
    this.#queueStep = asking.ledger.queue.step
    this.#isHeardAgain = asking.session.heardSubmits.has(id)
    const request = pair(asking.session.id, id)
    const { heardAt, clock } = asking.ledger
    if (!heardAt.has(request)) heardAt.set(request, clock.monotonic())
    asking.session.heardSubmits.add(id)
    this.#token = textOf(payload, 'resume_token')
    const key = textOf(payload, 'idempotency_key')
    this.#key = key === undefined ? undefined : pair(asking.session.principal, key)
    if (this.#key !== undefined) {
      asking.ledger.keyed.set(request, { key: this.#key, variant: variantOf(asking.frame) })
    }
    const job = this.#taken
    this.#known = job && { ended: job.ended, lastSeq: job.lastSeq, seen: job.seen, owners: job.owners.length }
  }

  mayTake(job: JobModel): boolean {
    return this.#taken === job && this.#asking.session.principal === job.principal
  }

  /** Says what is wrong with the answer; takes the session to where the answer leaves it. */
  judge(answer: RawFrame): string | undefined {
    if (answer.type === 'session.error') return this.#judgeRefusal(answer)
    if (answer.type !== 'job.accepted') return `answered by ${told(answer)}`
    const { ledger, session } = this.#asking
    const job = ledger.jobInScope(answer.payload.job_id, session.principal)
    if (!job) return `accepted as ${answer.payload.job_id}, a job of no or another principal`
    const isRepeated = session.acceptedSubmits.has(this.id)
    session.acceptedSubmits.add(this.id)
    const wrongOwner = isRepeated ? this.#judgeSameOwner(job, answer) : this.#judgeOwner(job, answer)
    const wrong = this.#token === undefined ? this.#judgeOwn(job, answer) : this.#judgeTaken(job, answer)
    return wrong ?? wrongOwner ?? this.#judgeSame(job, answer)
  }

  /** The job there is already, if this asks for one. */
  get #taken(): JobModel | undefined {
    const { ledger } = this.#asking
    if (this.#token !== undefined) return ledger.jobByToken(this.#token)
    return this.#key === undefined ? undefined : ledger.keys.get(this.#key)
  }

  #judgeRefusal(answer: RawFrame): string | undefined {
    const { ledger, session, frame } = this.#asking
    const { code, details } = answer.payload
    const request = pair(session.id, this.id)
    ledger.coverage.saw(`a submit refused with ${code}`)
    if (ledger.closing && code === 'INTERNAL_ERROR') return undefined
    if (code === 'INTERNAL_ERROR' && ledger.refusedAdmissions.has(request)) return undefined
    const { reason, job_id: jobId } = (details ?? {}) as {
      readonly reason?: string
      readonly job_id?: string
    }
    if (reason === 'admission') {
      ledger.coverage.saw('a submit that waited too long')
      return ledger.isLate(request) ? undefined : `refused too early: ${told(answer)}`
    }
    if (reason === 'queued_jobs' || reason === 'queued_jobs_per_principal') {
      ledger.coverage.saw(`a submit refused for ${reason}`)
      const of = reason === 'queued_jobs' ? undefined : session.principal
      const mayBeFull = this.#isHeardAgain || ledger.queue.mayHaveBeenFull(this.#queueStep, of)
      return mayBeFull ? undefined : `refused, though few wait: ${told(answer)}`
    }
    if (code === 'JOB_NOT_FOUND' && this.#isHeardAgain) {
      const job = ledger.jobs.get(jobId ?? '')
      const isForgotten = job?.forgotten && job.principal === session.principal
      return isForgotten ? undefined : `told that its job is forgotten: ${told(answer)}`
    }
    if (code === 'DUPLICATE_KEY') {
      const job = this.#taken
      const conflicts = job && this.#token === undefined && job.variant !== variantOf(frame)
      return conflicts ? undefined : `told ${told(answer)}, though nothing else has the key`
    }
    const job = this.#taken
    if (job && tellsOfLoss(ledger, job, followRequestOf(frame.payload), answer)) return undefined
    const expected = this.#refusalNow()
    const mayHaveChanged = this.#known !== undefined && this.#known.lastSeq < (this.#taken?.lastSeq ?? 0)
    if (expected) return refusedWith(expected)(answer)
    if (mayHaveChanged && code === 'INVALID_REQUEST' && this.#wasAbove()) return undefined
    return `refused for no reason: ${told(answer)}`
  }

  /** The code it would be refused with now; `undefined` where it would be accepted. */
  #refusalNow(): string | undefined {
    const { ledger, session, frame } = this.#asking
    if (this.#token?.startsWith('ars_')) return 'INVALID_REQUEST'
    const job = this.#taken
    if (this.#token !== undefined && job?.principal !== session.principal) return 'RESUME_WINDOW_EXPIRED'
    return job && followRefusal(ledger, job, followRequestOf(frame.payload))
  }

  #wasAbove(): boolean {
    return (numberOf(this.#asking.frame.payload, 'after_seq') ?? 0) > (this.#known?.lastSeq ?? 0)
  }

  /** The answer to a submit for a job of one's own, or of one's key. */
  #judgeOwn(job: JobModel, { payload }: RawFrame): string | undefined {
    const { ledger, session, frame } = this.#asking
    const isFirst = ledger.submits.get(pair(session.id, this.id)) === job
    if (this.#key === undefined && !isFirst) return `accepted as ${job.id}, the job of another submit`
    if (this.#key !== undefined && ledger.keys.get(this.#key) !== job && !ledger.closing)
      return `accepted as ${job.id}, though the key has made another job`
    if (this.#key !== undefined && job.variant !== variantOf(frame))
      return `accepted as ${job.id}, which was submitted with another input`
    ledger.coverage.saw(isFirst ? 'a submit' : 'a submit of a known key')
    this.#follow(job, isFirst ? {} : followRequestOf(frame.payload), 0)
    return differs(payload, { resumed: isFirst ? undefined : true })
  }

  /** The answer to a submit with a job's token. */
  #judgeTaken(job: JobModel, answer: RawFrame): string | undefined {
    const { ledger, frame } = this.#asking
    const code = this.#refusalNow()
    if (code && !this.#isHeardAgain) return `accepted, though it is ${code}`
    if (this.#taken !== job) return `accepted as ${job.id}, not the job of the token`
    ledger.coverage.saw('a job taken up by its token')
    this.#follow(job, followRequestOf(frame.payload), this.#known?.seen ?? 1)
    return differs(answer.payload, { resumed: true })
  }

  /** The place was taken when the submit came, or when it was answered; the job may have ended in between. */
  #follow(job: JobModel, asked: FollowRequest, whenAbsent: number): void {
    const { ledger, session } = this.#asking
    const hadEnded = this.#known?.ended === true || (job.ended ? undefined : false)
    const place = placeOf(job, asked, whenAbsent, hadEnded)
    // An answer that is given again names the place it named before, which may be gone, or before the job's start.
    const before = Math.min(place.from, whenAbsent === 0 ? place.from : 1)
    const { after_seq: from = before } = this.#isHeardAgain ? asked : { after_seq: place.from }
    ledger.follow(session, job, { from: Math.min(from, place.from), to: place.to })
  }

  /** A submit that has been accepted and comes again changes no owner. */
  #judgeSameOwner(job: JobModel, { payload }: RawFrame): string | undefined {
    const { ledger, session } = this.#asking
    if (!job.ownerKnown || ledger.isTakenUpNow(job)) return undefined
    const isOwner = job.owner === session.id
    ledger.coverage.saw(isOwner ? 'a repeated submit of the owner' : 'a repeated submit of a former owner')
    return differs(payload, {
      owner: isOwner ? undefined : false,
      resume_token: isOwner ? job.token : undefined,
    })
  }

  #judgeOwner(job: JobModel, { payload }: RawFrame): string | undefined {
    const { ledger, session, frame } = this.#asking
    const since = job.owners.slice(Math.max((this.#known?.owners ?? 1) - 1, 0))
    const from = textOf(frame.payload, 'from_session')
    const mayKeep = (owner: string | undefined) =>
      from !== undefined && owner !== undefined && owner !== session.id && owner !== from
    if (payload.owner === false) {
      const isStolen = since.length > 1 || !job.ownerKnown || this.#competes(job) || this.#isHeardAgain
      if (payload.resume_token !== undefined) return 'told the token, though it is not the owner'
      ledger.coverage.saw('a job taken up as an observer')
      return isStolen || since.some(mayKeep) ? undefined : 'told that it is not the owner'
    }
    if (job.ownerKnown && since.every(mayKeep) && !this.#competes(job))
      return `owner, though the job belongs to ${job.owner}`
    const token = textOf(payload, 'resume_token')
    if (token === undefined) return 'owner, but told no token'
    if (job.token !== undefined && job.token !== token) return 'told another token of the job than before'
    job.token = token
    if (job.owner !== session.id && job.ownerKnown && job.owner !== undefined && !job.ended) {
      const former = ledger.sessions.get(job.owner)
      const { held } = job
      const isUnsaid = held.isOverflowingAfter(held.firstSeq - 1)
      if (former && !former.over && !isUnsaid)
        return `owner now, but the log does not say so; ${job.owner} was it before`
    }
    // Of an ended job nobody says whose it was in between.
    if (job.owner !== session.id || !job.ownerKnown || this.#competes(job)) job.ownedBy(session.id)
    return undefined
  }

  /** Whether another submit that is not answered yet may have made someone else the owner. */
  #competes(job: JobModel): boolean {
    for (const { submits } of this.#asking.ledger.sessions.values()) {
      if (submits.some((submit) => submit !== this && submit.mayTake(job))) return true
    }
    return false
  }

  /** What every answer for a job has in common. */
  #judgeSame(job: JobModel, { payload }: RawFrame): string | undefined {
    const { agent, lease, accepted_at, trace_id, log_epoch } = payload
    const same = JSON.stringify({ agent, lease, accepted_at, trace_id, log_epoch })
    job.accepted ??= same
    if (job.accepted !== same) return `accepted as ${same}, and before as ${job.accepted}`
    return job.held.holdsFrom(numberOf(payload, 'first_seq') ?? 0)
  }
}

/** What tells apart submits of one key. */
function variantOf({ payload }: RawFrame): unknown {
  return (payload.input as { readonly variant?: unknown } | undefined)?.variant
}
