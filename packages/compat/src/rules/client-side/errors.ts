import type { Envelope } from '@arcp/protocol'
import type { ClientMemory } from '../../client-side/memory'
import type { OpenRequest } from '../../client-side/open-requests'
import type { ClientRule } from '../../client-side/rule'
import { isObject, textOf } from '../../json'

export const requestInDetails: ClientRule = {
  name: 'request in details',
  fact: 'An error may name the request it answers in its details.',
  read: {
    'session.error'({ payload }) {
      if (isObject(payload.details)) payload.request_id ??= payload.details.request_id
    },
  },
}

export const errorWithTheId: ClientRule = {
  name: 'error with the id of its request',
  fact: 'Runtimes for Java answer what they refuse with a job.error whose id is the request’s.',
  read: {
    'job.error'(frame, { requests }) {
      const request = requests.get(frame.id)
      return request && [refusalOf(frame, request)]
    },
  },
}

export const errorOfNoJob: ClientRule = {
  name: 'error of no job',
  fact: 'Runtimes for TypeScript answer a submit they refuse with the job.error of a job that never was, and with its trace.',
  read: {
    'job.error'(frame, { jobs, requests }) {
      const { trace_id, job_id } = frame
      if (trace_id === undefined || jobs.get(job_id)) return
      const request = requests.oldest(({ type, traceId }) => type === 'job.submit' && traceId === trace_id)
      return request && [refusalOf(frame, request)]
    },
  },
}

export const errorWithoutTrace: ClientRule = {
  name: 'error without a trace',
  fact: 'A job.error without the trace that the job’s other frames have is an answer (TypeScript: DUPLICATE_KEY, PERMISSION_DENIED, JOB_NOT_FOUND).',
  dialects: ['typescript', 'draft'],
  read: {
    'job.error'(frame, memory) {
      const { trace_id, job_id } = frame
      const job = memory.jobs.get(job_id)
      const answers = job ? job.traced : !memory.subscriptionTo(job_id)?.held.length
      if (trace_id !== undefined || !answers) return
      const request = oldestFitting(frame, memory)
      return request ? [refusalOf(frame, request)] : ignored(frame, job !== undefined)
    },
  },
}

export const uncorrelatedError: ClientRule = {
  name: 'uncorrelated error',
  fact: 'An error may name nothing of what it answers; runtimes answer in order, so it is the oldest request it fits.',
  read: {
    'session.error'(frame, memory) {
      if (!memory.greeted || frame.payload.request_id !== undefined) return
      const request = oldestFitting(frame, memory)
      if (request) frame.payload.request_id = request.id
    },
  },
}

/** A terminal that is none must not end the job. */
function ignored(frame: Envelope, isOfJob: boolean): readonly Envelope[] | undefined {
  return isOfJob ? [{ ...frame, type: 'session.error' }] : undefined
}

function refusalOf(frame: Envelope, { id }: OpenRequest): Envelope {
  const { code, message, retryable, details } = frame.payload
  const payload = { request_id: id, code, message, retryable, ...(isObject(details) ? { details } : {}) }
  return { ...frame, type: 'session.error', payload }
}

function oldestFitting(frame: Envelope, { requests }: ClientMemory): OpenRequest | undefined {
  const types = FITTING.get(textOf(frame.payload.code) ?? '') ?? ANY
  // Of a key that is taken it may name the job that has it.
  const isOfJob = frame.job_id !== undefined && types !== SUBMITS
  const jobId = isOfJob ? frame.job_id : undefined
  const fits = (request: OpenRequest) => types.includes(request.type)
  return jobId === undefined
    ? requests.oldest(fits)
    : requests.oldest((request) => fits(request) && request.jobId === jobId)
}

const SUBMITS = ['job.submit']
const OF_JOBS = ['job.cancel', 'job.subscribe']
const ANY = [...SUBMITS, ...OF_JOBS, 'session.list_jobs']

/** Which requests an error of a code may answer; any, where it is not said. */
const FITTING: ReadonlyMap<string, readonly string[]> = new Map([
  ['JOB_NOT_FOUND', OF_JOBS],
  ['AGENT_NOT_AVAILABLE', SUBMITS],
  ['AGENT_VERSION_NOT_AVAILABLE', SUBMITS],
  ['DUPLICATE_KEY', SUBMITS],
  ['LEASE_SUBSET_VIOLATION', SUBMITS],
  ['LEASE_EXPIRED', SUBMITS],
  ['BUDGET_EXHAUSTED', SUBMITS],
  ['UNAUTHENTICATED', []],
  ['HEARTBEAT_LOST', []],
  ['RESUME_WINDOW_EXPIRED', []],
  ['CANCELLED', []],
  ['TIMEOUT', []],
])
