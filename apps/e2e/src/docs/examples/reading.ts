import { getExtension, isArcpError, type JobEvent } from '@arcp/protocol'

export function describe(event: JobEvent): string {
  switch (event.type) {
    case 'job.progress':
      return `${event.current} of ${event.total ?? '?'}, span ${getExtension(event, 'x-acme-span')}`
    case 'job.failed':
      return `failed: ${event.error.message}`
    default:
      return event.type
  }
}

export function advice(error: unknown): string {
  if (isArcpError(error, 'AGENT_NOT_AVAILABLE')) return 'ask another runtime'
  if (isArcpError(error) && error.retryable) return 'try again'
  return 'give up'
}
