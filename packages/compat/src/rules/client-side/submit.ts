import { formatTimestamp, parseTimestamp, utf8Length } from '@arcp/protocol'
import type { ClientRule } from '../../client-side/rule'
import { isObject, textOf } from '../../json'

export const noJobTokens: ClientRule = {
  name: 'no job tokens',
  fact: 'Jobs of the draft have no tokens to take them up with.',
  write: {
    'job.submit'({ id, payload }, memory) {
      if (payload.resume_token === undefined) return
      return memory.refuse(id, 'RESUME_WINDOW_EXPIRED', 'this runtime knows no tokens of jobs')
    },
  },
}

export const submitsUnderWay: ClientRule = {
  name: 'submits under way',
  fact: 'A runtime of the draft does not know a submit again that was under way when the connection broke; one with a key it does.',
  write: {
    'job.submit'({ id, payload }, memory) {
      if (!memory.interrupted.has(id) || payload.idempotency_key !== undefined) return
      const message = 'the connection broke before the submit was answered; its job may run'
      return memory.refuse(id, 'INTERNAL_ERROR', message, { reason: 'answer_lost' })
    },
  },
}

export const submitFields: ClientRule = {
  name: 'submit',
  fact: 'Runtimes insist on input and lease_request, and know nothing of numbers in a job’s log.',
  write: {
    'job.submit'(frame) {
      const { after_seq: _, log_epoch: __, from_session: ___, ...payload } = frame.payload
      frame.payload = { ...payload, input: payload.input ?? null, lease_request: payload.lease_request ?? {} }
    },
  },
}

export const momentOfExpiry: ClientRule = {
  name: 'moment of expiry',
  fact: 'A lease of the draft ends at a moment, which some take with `Z` only.',
  write: {
    'job.submit'({ payload }, { shared, now }) {
      const { lease_constraints: constraints } = payload
      if (!isObject(constraints)) return
      const { expires_in_s: seconds, expires_at, ...rest } = constraints
      const told = textOf(expires_at)
      const moment = told === undefined ? undefined : parseTimestamp(told)
      const ends = [...(moment === undefined ? [] : [moment]), ...secondsFrom(now(), seconds)]
      const text = ends.length === 0 ? expires_at : formatTimestamp(Math.min(...ends))
      const key = textOf(payload.idempotency_key)
      const counted = seconds !== undefined && key !== undefined && typeof text === 'string'
      payload.lease_constraints = { ...rest, expires_at: counted ? shared.expiryOf(key, text) : text }
    },
  },
}

function secondsFrom(now: number, seconds: unknown): number[] {
  return typeof seconds === 'number' ? [Math.round(now + seconds * 1000)] : []
}

export const wholeSeconds: ClientRule = {
  name: 'whole seconds',
  fact: 'A job may run for a whole number of seconds.',
  write: {
    'job.submit'({ payload }) {
      const { max_runtime_sec: seconds } = payload
      if (typeof seconds === 'number') payload.max_runtime_sec = Math.ceil(seconds)
    },
  },
}

export const ownTrace: ClientRule = {
  name: 'own trace',
  fact: 'What answers a submit may name nothing of it but its trace, so each has one.',
  write: {
    'job.submit'(frame, { requests, traceId }) {
      frame.trace_id ??= traceId()
      const request = requests.get(frame.id)
      if (request) request.traceId = frame.trace_id
    },
  },
}

export const longerSubmits: ClientRule = {
  name: 'longer submits',
  fact: 'A submit is longer there than the client has written it, and may be longer than the runtime takes.',
  write: {
    'job.submit'(frame, memory) {
      const { maxFrameBytes } = memory
      const bytes = utf8Length(JSON.stringify(frame))
      if (bytes <= maxFrameBytes) return
      const message = `job.submit takes ${bytes} bytes, more than ${maxFrameBytes}`
      return memory.refuse(frame.id, 'INVALID_REQUEST', message, { bytes, max_frame_bytes: maxFrameBytes })
    },
  },
}

export const oneAtATime: ClientRule = {
  name: 'one submit at a time',
  fact: 'What answers a submit may name nothing of it at all; then only its turn tells which it answers.',
  write: {
    'job.submit'(frame, memory) {
      const { correlates, waiting } = memory
      if (correlates || (waiting.length === 0 && !memory.submitsUnderWay(frame.id))) return
      memory.wait(frame)
      return []
    },
  },
}
