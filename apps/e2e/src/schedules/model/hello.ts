import type { RawFrame } from '@arcp/testkit'
import { textOf } from './frame'
import type { Ledger } from './ledger'
import { refusedWith, told } from './requests'
import { type ResumeRequest, verdictOn, verdictOnCursors } from './resume-verdict'
import { SessionModel } from './session-model'

/** How a link goes on after its welcome. */
export interface Welcomed {
  readonly session: SessionModel
  /** The number its first event must have. */
  readonly nextNumber: number
  /** Cursors that must be refused, with the reason. */
  readonly refused: Map<string, string>
}

function resumeOf(hello: RawFrame | undefined): ResumeRequest | undefined {
  return hello?.payload.resume as ResumeRequest | undefined
}

/** Judges the welcome a hello is answered with. */
export function judgeWelcome(
  ledger: Ledger,
  principal: string,
  hello: RawFrame | undefined,
  frame: RawFrame,
): Welcomed | undefined {
  const { coverage, sessionTokens } = ledger
  const token = textOf(frame.payload, 'resume_token') ?? ''
  if (sessionTokens.has(token)) ledger.complain('a welcome brings a token that was issued before')
  sessionTokens.add(token)
  const resume = resumeOf(hello)
  coverage.saw(resume ? 'a resume' : 'a session opened')
  const welcomed = resume ? resumed(ledger, principal, resume) : opened(ledger, principal, frame)
  if (welcomed) welcomed.session.pending = token
  return welcomed
}

/** Judges the error a hello is answered with. */
export function judgeRefusal(
  ledger: Ledger,
  principal: string,
  hello: RawFrame | undefined,
  frame: RawFrame,
): string | undefined {
  const resume = resumeOf(hello)
  const { session, code, mayBeGone } = resume ? verdictOn(ledger, principal, resume) : {}
  session?.prove(resume?.resume_token ?? '')
  if (ledger.closing) return undefined
  if (code === undefined && !mayBeGone) return `refused ${told(frame)}, though nothing is wrong`
  ledger.coverage.saw(`a resume refused with ${frame.payload.code}`)
  return refusedWith(code ?? 'RESUME_WINDOW_EXPIRED')(frame)
}

function opened(ledger: Ledger, principal: string, { payload, session_id = '' }: RawFrame): Welcomed {
  const { features } = payload.capabilities as { features: string[] }
  const session = new SessionModel(
    session_id,
    principal,
    features.includes('heartbeat'),
    features.includes('ack'),
  )
  ledger.check(windowComplaint(ledger, session, payload.ack_window))
  if (ledger.sessions.has(session_id)) ledger.complain(`session ${session_id} is opened again`)
  ledger.sessions.set(session_id, session)
  return { session, nextNumber: 1, refused: new Map() }
}

/** How far it may be ahead is told whoever acknowledges, and nobody else. */
function windowComplaint({ limits }: Ledger, { id, acks }: SessionModel, told: unknown): string | undefined {
  const expected = JSON.stringify(acks ? limits.window : undefined)
  return JSON.stringify(told) === expected ? undefined : `${id} is told a window of ${JSON.stringify(told)}`
}

function resumed(ledger: Ledger, principal: string, resume: ResumeRequest): Welcomed | undefined {
  const { coverage } = ledger
  const { session, code } = verdictOn(ledger, principal, resume)
  if (!session || code !== undefined) {
    ledger.complain(`resumed ${resume.session_id}, though it is ${code}`)
    return undefined
  }
  if (session.carrier) ledger.complain(`${session.id} was taken over from a link that was not closed`)
  if (resume.resume_token === session.pending) coverage.saw('a resume with a token that was pending')
  session.prove(resume.resume_token)
  const last = resume.last_event_seq
  const nextNumber = last + 1
  if (resume.cursors) return { session, nextNumber, refused: moved(ledger, session, last, resume.cursors) }
  coverage.saw(last < session.lastNumber ? 'a resume that sends again' : 'a resume with nothing missed')
  for (const { jobId, seq } of session.resumeAfter(last)) {
    const job = ledger.jobs.get(jobId)
    if (job && ledger.mayOwn(session, job)) job.held.ownerHas(seq)
  }
  return { session, nextNumber, refused: new Map() }
}

/** The session follows the jobs of its cursors, and no others. */
function moved(
  ledger: Ledger,
  session: SessionModel,
  last: number,
  cursors: NonNullable<ResumeRequest['cursors']>,
): Map<string, string> {
  const verdict = verdictOnCursors(ledger, session.principal, cursors)
  const isOwned = (jobId: string) => ledger.jobs.get(jobId)?.owner === session.id
  for (const jobId of session.following.keys()) if (isOwned(jobId)) ledger.jobs.get(jobId)?.held.leftAlone()
  session.restart(last)
  for (const [job, place] of verdict.places) ledger.follow(session, job, place)
  ledger.coverage.saw('a resume with cursors')
  return verdict.refused
}
