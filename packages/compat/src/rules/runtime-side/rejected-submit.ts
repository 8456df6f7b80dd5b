import { isObject } from '../../json'
import { answersSubmit, asFailure } from '../../runtime-side/failures'
import type { RuntimeRule } from '../../runtime-side/rule'

export const requestInDetails: RuntimeRule = {
  name: 'request in details',
  fact: 'Clients for Python read which request failed from the details of a session.error, those for Go from its payload.',
  dialects: ['python', 'go', 'draft'],
  write: {
    'session.error'({ payload }) {
      const { request_id, details } = payload
      if (request_id !== undefined) payload.details = { ...(isObject(details) ? details : {}), request_id }
    },
  },
}

export const jobThatNeverWas: RuntimeRule = {
  name: 'job that never was',
  fact: 'To clients for TypeScript a rejected submit is a job.error with a job nobody knows and the trace of the submit.',
  dialects: ['typescript'],
  write: {
    'session.error'(frame, memory) {
      if (!answersSubmit(memory)) return
      const trace = memory.request?.traceId
      return [{ ...asFailure(frame, memory), job_id: memory.jobId(), ...(trace ? { trace_id: trace } : {}) }]
    },
  },
}

export const acceptedThenFailed: RuntimeRule = {
  name: 'accepted, then failed',
  fact: 'Clients for C# and older Python end everything at a session.error; a job that fails at once ends nothing else.',
  dialects: ['csharp', 'older-python', 'draft'],
  write: {
    'session.error'(frame, memory) {
      const { request } = memory
      if (!request || !answersSubmit(memory)) return
      const job_id = memory.jobId()
      const failure = asFailure(frame, memory)
      const trace = request.traceId === undefined ? {} : { trace_id: request.traceId }
      const answer = {
        request_id: request.id,
        job_id,
        agent: request.agent ?? 'unknown',
        lease: {},
        accepted_at: memory.now(),
        ...trace,
      }
      return [
        { ...frame, ...trace, type: 'job.accepted', job_id, payload: answer },
        { ...failure, ...trace, id: memory.frameId(), job_id },
      ]
    },
  },
}
