import type { Envelope } from '@arcp/protocol'
import type { ClientMemory } from '../../client-side/memory'
import type { ClientRule } from '../../client-side/rule'
import { nameOf, textOf } from '../../json'

export const cancelReason: ClientRule = {
  name: 'cancel reason',
  fact: 'Runtimes insist on the reason of a cancellation.',
  write: {
    'job.cancel'({ payload }) {
      payload.reason ??= 'cancelled by the client'
    },
  },
}

export const cancelAnswer: ClientRule = {
  name: 'cancel answer',
  fact: 'A cancel is answered with job.cancelled, which is no terminal, and may name no more of it than its job.',
  read: {
    'job.cancelled'(frame, memory) {
      const jobId = frame.job_id ?? nameOf(frame.payload.job_id)
      const request = memory.requests.get(frame.payload.request_id) ?? openCancel(memory, jobId)
      return request
        ? [{ ...frame, ...acceptance(memory, request.id, jobId) }]
        : [{ ...frame, type: 'session.pong' }]
    },
  },
}

const NONCE = 'compat_cancel:'

export const silentCancel: ClientRule = {
  name: 'silent cancel',
  fact: 'Runtimes for Python and TypeScript do not answer a cancel; what answers a ping behind it says that it was taken.',
  dialects: ['python', 'older-python', 'typescript', 'draft'],
  read: {
    'session.pong'({ payload }, memory) {
      const nonce = textOf(payload.ping_nonce) ?? ''
      if (!nonce.startsWith(NONCE)) return
      const request = memory.requests.get(nonce.slice(NONCE.length))
      return request ? [acceptance(memory, request.id, request.jobId)] : []
    },
  },
  write: { 'job.cancel': (frame, memory) => [frame, memory.ping(NONCE + frame.id)] },
}

export const cancelBeforeEnd: ClientRule = {
  name: 'cancel before end',
  fact: 'A job that is cancelled may end before anything has answered that, and then nothing else does.',
  read: {
    'job.result': (frame, memory) => afterAnswer(frame, memory),
    'job.error': (frame, memory) => afterAnswer(frame, memory),
  },
}

function afterAnswer(frame: Envelope, memory: ClientMemory): readonly Envelope[] | undefined {
  const request = openCancel(memory, frame.job_id)
  if (!request) return undefined
  memory.requests.close(request.id)
  return [acceptance(memory, request.id, frame.job_id), frame]
}

function openCancel({ requests }: ClientMemory, jobId: string | undefined) {
  return requests.oldest((each) => each.type === 'job.cancel' && each.jobId === jobId)
}

function acceptance(memory: ClientMemory, requestId: string, jobId: string | undefined): Envelope {
  const status = memory.jobs.get(jobId) ? 'running' : 'completed'
  return memory.frame('job.cancel_accepted', { request_id: requestId, job_id: jobId, status }, jobId)
}
