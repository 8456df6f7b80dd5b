import type { RawFrame } from '@arcp/testkit'

/** What clients of the draft make of errors, of which each implementation makes something else. */
export type Reader = (frame: RawFrame, handles: Handles) => void

/** The jobs a client has asked for and waits for. */
export class Handles {
  /** What came of each submit, by its id: `job.result`, or an error's code. */
  readonly outcomes = new Map<string, string>()
  /** Submits without an answer, oldest first. */
  readonly #pending: string[] = []
  readonly #submits = new Map<string, string>()

  submitted(id: string): void {
    this.#pending.push(id)
  }

  /** A submit has its job: the one named, or the oldest. */
  accepted(jobId: string, id = this.#pending[0]): void {
    if (id === undefined) throw new Error('a job nobody asked for')
    this.#answered(id)
    this.#submits.set(jobId, id)
  }

  /** A submit is refused: the one named, or the oldest. `false` where there is none such. */
  rejected(code: string, id = this.#pending[0]): boolean {
    if (id === undefined || !this.#pending.includes(id)) return false
    this.#answered(id)
    this.outcomes.set(id, code)
    return true
  }

  /** A job is over. `false` where it is none of these. */
  ended(jobId: string | undefined, outcome: string): boolean {
    const id = this.#submits.get(jobId ?? '')
    if (id === undefined) return false
    if (!this.outcomes.has(id)) this.outcomes.set(id, outcome)
    return true
  }

  /** Nothing more is waited for. */
  allFailed(code: string): void {
    for (const id of [...this.#pending]) this.rejected(code, id)
    for (const jobId of this.#submits.keys()) this.ended(jobId, code)
  }

  #answered(id: string): void {
    this.#pending.splice(this.#pending.indexOf(id), 1)
  }
}

const codeOf = ({ payload }: RawFrame) => String(payload.code)
const requestOf = ({ payload }: RawFrame) => payload.request_id as string | undefined

/** What they agree on; `bySubmit` says whether an answer is told by the submit's id, or taken for the oldest's. */
function readsJobs(frame: RawFrame, handles: Handles, bySubmit: boolean): void {
  if (frame.type === 'job.accepted') {
    handles.accepted(String(frame.payload.job_id), bySubmit ? requestOf(frame) : undefined)
  }
  if (frame.type === 'job.result') handles.ended(frame.job_id, frame.type)
  if (frame.type === 'job.error') handles.ended(frame.job_id, codeOf(frame))
}

/** How each implementation reads, as far as its jobs depend on it. */
export const readers: Readonly<Record<string, Reader>> = {
  python(frame, handles) {
    readsJobs(frame, handles, true)
    if (frame.type !== 'session.error') return
    const details = frame.payload.details as { request_id?: string } | undefined
    const known = details?.request_id !== undefined && handles.rejected(codeOf(frame), details.request_id)
    // What is waited for beside jobs is told by its id, too; here that is listings.
    if (!known && !details?.request_id?.startsWith('list')) handles.allFailed(codeOf(frame))
  },
  'older-python'(frame, handles) {
    readsJobs(frame, handles, true)
    if (frame.type === 'session.error') handles.allFailed(codeOf(frame))
  },
  typescript(frame, handles) {
    if (frame.type === 'session.error' && frame.session_id !== undefined) handles.allFailed(codeOf(frame))
    const isUnknown = frame.type === 'job.error' && !handles.ended(frame.job_id, codeOf(frame))
    if (isUnknown) handles.rejected(codeOf(frame))
    else readsJobs(frame, handles, false)
  },
  go(frame, handles) {
    readsJobs(frame, handles, false)
    if (frame.type === 'session.error') handles.rejected(codeOf(frame), requestOf(frame) ?? 'none')
  },
  /** Nobody's in particular: what the draft says. */
  draft(frame, handles) {
    readsJobs(frame, handles, false)
    if (frame.type === 'session.error') handles.rejected(codeOf(frame), requestOf(frame) ?? 'none')
  },
  java(frame, handles) {
    const isJobless = frame.type === 'job.error' && frame.job_id === undefined
    if (isJobless) handles.rejected(codeOf(frame), frame.id)
    else readsJobs(frame, handles, false)
  },
  csharp(frame, handles) {
    readsJobs(frame, handles, false)
    if (frame.type === 'session.error') handles.allFailed(codeOf(frame))
  },
}
