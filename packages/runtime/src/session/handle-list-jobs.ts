import { type SessionJobs, type SessionListJobs, utf8Length } from '@arcp/protocol'
import { invalidRequest } from '../invalid-request'
import { listCursor, readListCursor } from '../jobs/list-cursor'
import { listFilter } from '../jobs/list-filter'
import { listPage } from '../jobs/list-page'
import type { Request } from './request'

/** Jobs of a page whose request does not say how many. */
const PAGE = 50
/** What the frame of a page takes beside its jobs and the request's `id`. */
const FRAME_BYTES = 512

/**
 * Answers `session.list_jobs`: a page of the jobs this session may see, when it is its turn; `refuse` answers what fails
 * then. `docs/protocol.md` §3.
 */
export function handleListJobs(
  { session, envelope, payload, parts }: Request<SessionListJobs>,
  refuse: (error: unknown) => void,
): void {
  const { access, secret, maxFrameBytes, host, listings: turns } = parts
  const filter = listFilter(payload.filter)
  const of = { secret, scope: session.scope, filter }
  const place = payload.cursor === undefined ? undefined : readListCursor(of, payload.cursor)
  if (payload.cursor !== undefined && !place) {
    // One answer whatever is wrong, so that it tells nothing of whose it is.
    throw invalidRequest([{ path: 'payload.cursor', message: 'not a cursor of this listing' }])
  }
  const { id } = envelope
  const { limit = PAGE } = payload
  const answer = () => {
    const { jobs, listings, next } = listPage({
      index: access.isWidened ? host.jobs.all : host.jobs.of(session.scope.principal),
      filter,
      place,
      limit,
      bytes: maxFrameBytes - FRAME_BYTES - utf8Length(JSON.stringify(id)),
      isVisible: (job) => access.lists(session, job),
    })
    for (const job of jobs) access.listed(session, job)
    const page: SessionJobs = {
      request_id: id,
      jobs: [...listings],
      next_cursor: next ? listCursor(of, next) : null,
    }
    session.send('session.jobs', page)
  }
  // An answer goes where its request came from: over another connection the client asks again.
  const carrier = session.attachment
  turns.take(carrier ?? session, () => {
    if (session.attachment !== carrier) return
    try {
      answer()
    } catch (error) {
      refuse(error)
    }
  })
}
