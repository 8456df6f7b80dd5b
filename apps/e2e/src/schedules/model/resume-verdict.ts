import { followRefusal, placeOf } from './follow'
import type { JobModel } from './job-model'
import type { Ledger } from './ledger'
import type { Place, SessionModel } from './session-model'

/** What the `resume` of a hello asks for. */
export interface ResumeRequest {
  readonly session_id: string
  readonly resume_token: string
  readonly last_event_seq: number
  readonly cursors?: Readonly<Record<string, { readonly seq: number; readonly log_epoch: string }>>
}

/** What a resume has to be answered with. */
export interface Verdict {
  /** The session, if token and scope prove it. */
  readonly session?: SessionModel
  /** The code it has to be refused with; `undefined` where it has to be welcomed. */
  readonly code?: string
  /** Whether it may be refused all the same, because events it would need may be gone. */
  readonly mayBeGone?: boolean
}

export function verdictOn(ledger: Ledger, principal: string, resume: ResumeRequest): Verdict {
  const expired = { code: 'RESUME_WINDOW_EXPIRED' }
  const session = ledger.sessions.get(resume.session_id)
  if (!session || session.over || session.principal !== principal) return expired
  const { resumeWindowMs, unheardMs } = ledger.limits
  if (session.isExpired(ledger.clock.monotonic(), session.heard ? resumeWindowMs : unheardMs)) return expired
  if (!session.isProvenBy(resume.resume_token)) return expired
  const last = resume.last_event_seq
  if (last > session.lastNumber) return { session, code: 'INVALID_REQUEST' }
  if (resume.cursors) return { session }
  if (last < session.firstNumber) return { session, ...expired }
  // What was acknowledged need not be known any more.
  const isForgotten = session.acks && last < session.taken
  return {
    session,
    mayBeGone: isForgotten || session.numberedAfter(last).some((sent) => ledger.mayBeGone(sent)),
  }
}

/** What becomes of a session's cursors. */
export interface CursorVerdict {
  readonly places: ReadonlyMap<JobModel, Place>
  /** Those that have to be refused, with the reason. */
  readonly refused: Map<string, string>
}

const REASONS: Readonly<Record<string, string>> = {
  RESUME_WINDOW_EXPIRED: 'events_lost',
  INVALID_REQUEST: 'invalid_cursor',
}

export function verdictOnCursors(
  ledger: Ledger,
  principal: string,
  cursors: NonNullable<ResumeRequest['cursors']>,
): CursorVerdict {
  const places = new Map<JobModel, Place>()
  const refused = new Map<string, string>()
  for (const [jobId, { seq, log_epoch }] of Object.entries(cursors)) {
    const job = ledger.jobInScope(jobId, principal)
    const asked = { after_seq: seq, log_epoch }
    const code = job && followRefusal(ledger, job, asked)
    if (!job) refused.set(jobId, 'not_found')
    else if (code !== undefined) refused.set(jobId, REASONS[code] ?? code)
    else places.set(job, placeOf(job, asked, 0))
  }
  return { places, refused }
}
