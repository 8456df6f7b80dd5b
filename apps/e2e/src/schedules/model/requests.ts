import type { RawFrame } from '@arcp/testkit'
import { followRefusal, followRequestOf, placeOf, tellsOfLoss } from './follow'
import { numberOf, textOf } from './frame'
import type { Ledger } from './ledger'
import type { SessionModel } from './session-model'

/** One request a session has been heard to make. */
export interface Asking {
  readonly ledger: Ledger
  readonly session: SessionModel
  readonly frame: RawFrame
}

/** Looks at the answer to a request, and says what is wrong with it. */
export type Judge = (answer: RawFrame) => string | undefined

/** The judge of a request that is answered at once; `undefined` where no answer is due. */
export function judgeOf(asking: Asking): Judge | undefined {
  switch (asking.frame.type) {
    case 'job.cancel':
      return cancelJudge(asking)
    case 'job.subscribe':
      return subscribeJudge(asking)
    case 'job.unsubscribe':
      return unsubscribeJudge(asking)
    case 'session.ping':
      return expecting('session.pong')
    case 'session.close':
      return expecting('session.closed')
    case 'session.ack':
      return ackJudge(asking)
    default:
      return undefined
  }
}

/** An answer of this type, and no complaint about what it says. */
function expecting(type: string): Judge {
  return (answer) => (answer.type === type ? undefined : `answered by ${told(answer)}, not ${type}`)
}

export function refusedWith(code: string): Judge {
  return (answer) =>
    answer.type === 'session.error' && answer.payload.code === code
      ? undefined
      : `answered by ${told(answer)}, not ${code}`
}

export function told({ type, payload }: RawFrame): string {
  return `${type} ${JSON.stringify(payload)}`
}

/** An acknowledgement is answered only where it is wrong. */
function ackJudge({ ledger, session, frame }: Asking): Judge | undefined {
  if ((numberOf(frame.payload, 'last_processed_seq') ?? 0) <= session.lastNumber) return undefined
  ledger.coverage.saw('an acknowledgement of what was never sent')
  return refusedWith('INVALID_REQUEST')
}

function cancelJudge({ ledger, session, frame }: Asking): Judge {
  const job = ledger.jobInScope(frame.payload.job_id, session.principal)
  if (!job) return refused(ledger, 'a cancel of a stranger', 'JOB_NOT_FOUND')
  const { state } = job
  const isOwner = job.owner === session.id
  const isKnown = job.ownerKnown && !ledger.isTakenUpNow(job)
  return (answer) => {
    if (answer.type === 'session.error') {
      ledger.coverage.saw('a cancel of who does not own')
      return isOwner && isKnown
        ? `the owner is told ${told(answer)}`
        : refusedWith('PERMISSION_DENIED')(answer)
    }
    if (answer.type !== 'job.cancel_accepted') return `answered by ${told(answer)}`
    if (!isOwner && isKnown) return `${session.id} may cancel, though ${job.owner} owns the job`
    ledger.coverage.saw('a cancel of the owner')
    job.ownedBy(session.id)
    const detail = textOf(frame.payload, 'reason')
    if (!job.ended) job.causes.push({ cause: 'cancel', rest: ledger.rests, atOnce: true, detail })
    return answer.payload.status === state
      ? undefined
      : `told ${answer.payload.status} of a job that is ${state}`
  }
}

function subscribeJudge({ ledger, session, frame }: Asking): Judge {
  const { payload } = frame
  const job = ledger.jobInScope(payload.job_id, session.principal)
  if (!job) return refused(ledger, 'a subscription of a stranger', 'JOB_NOT_FOUND')
  const asked = followRequestOf(payload)
  const code = followRefusal(ledger, job, asked)
  // An owner that held the job and may not come back is waited for no longer.
  const waitsNoLonger = () => {
    if (job.owner === session.id && !session.following.has(job.id)) job.held.leftAlone()
  }
  const judgeRefusal = code && refused(ledger, `a subscription refused with ${code}`, code)
  return (answer) => {
    if (answer.type === 'session.error') waitsNoLonger()
    if (judgeRefusal) return judgeRefusal(answer)
    if (tellsOfLoss(ledger, job, asked, answer)) return undefined
    if (answer.type !== 'job.subscribed') return `answered by ${told(answer)}`
    ledger.coverage.saw('a subscription')
    const wrong = job.held.holdsFrom(numberOf(answer.payload, 'first_seq') ?? 0)
    ledger.follow(session, job, placeOf(job, asked, job.lastSeq))
    if (wrong) return wrong
    return differs(answer.payload, {
      job_id: job.id,
      status: job.state,
      last_seq: job.lastSeq,
      log_epoch: ledger.logEpoch,
      resume_token: undefined,
    })
  }
}

function unsubscribeJudge({ ledger, session, frame }: Asking): Judge {
  const job = ledger.jobInScope(frame.payload.job_id, session.principal)
  if (!job) return refused(ledger, 'an unsubscription of a stranger', 'JOB_NOT_FOUND')
  return (answer) => {
    ledger.coverage.saw('an unsubscription')
    session.leave(job.id)
    if (frame.payload.hold !== true && job.owner === session.id) job.held.leftAlone()
    return expecting('job.unsubscribed')(answer) ?? differs(answer.payload, { reason: undefined })
  }
}

function refused(ledger: Ledger, what: string, code: string): Judge {
  ledger.coverage.saw(what)
  return refusedWith(code)
}

export function differs(
  payload: RawFrame['payload'],
  expected: Readonly<Record<string, unknown>>,
): string | undefined {
  for (const [field, value] of Object.entries(expected)) {
    if (payload[field] !== value) return `told ${field} ${payload[field]}, not ${value}`
  }
  return undefined
}
