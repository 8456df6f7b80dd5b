import { type Envelope, isExtensionKey } from '@arcp/protocol'

/** The messages about a job that are no events of its log. */
const ANSWERS: ReadonlySet<string> = new Set([
  'job.accepted',
  'job.subscribed',
  'job.unsubscribed',
  'job.cancel_accepted',
])

/** Whether a frame of the native form brings an event of a job's log. */
export function isEvent({ type, job_id }: Envelope): boolean {
  return job_id !== undefined && (isExtensionKey(type) || (type.startsWith('job.') && !ANSWERS.has(type)))
}
