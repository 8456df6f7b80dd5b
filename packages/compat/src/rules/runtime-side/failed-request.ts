import { asFailure } from '../../runtime-side/failures'
import type { RuntimeRule } from '../../runtime-side/rule'

/** What clients for Python wait for, and can be told to have failed. */
const AWAITED: ReadonlySet<string> = new Set(['job.submit', 'job.subscribe', 'session.list_jobs'])

export const errorOfRequest: RuntimeRule = {
  name: 'error of request',
  fact: 'Clients for Java read failures of requests from a job.error without a job, whose id is the request’s.',
  dialects: ['java'],
  write: {
    'session.error'(frame, memory) {
      if (!memory.greeted) return
      return [{ ...asFailure(frame, memory), id: memory.request?.id ?? frame.id }]
    },
  },
}

export const errorsThatEndAll: RuntimeRule = {
  name: 'errors that end all',
  fact: 'A session.error ends all that clients for TypeScript, C# and older Python wait for, so none is sent meanwhile.',
  dialects: ['typescript', 'csharp', 'older-python'],
  write: { 'session.error': (_, { greeted, busy }) => (greeted && busy ? [] : undefined) },
}

export const errorsNobodyAwaits: RuntimeRule = {
  name: 'errors nobody awaits',
  fact: 'A session.error that answers nothing they wait for ends all that clients for Python wait for.',
  dialects: ['python'],
  write: {
    'session.error'(_, { greeted, busy, request }) {
      return greeted && busy && !AWAITED.has(request?.type ?? '') ? [] : undefined
    },
  },
}
