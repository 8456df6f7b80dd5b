import { type Envelope, isExtensionKey } from '@arcp/protocol'
import type { ClientRule } from '../../client-side/rule'
import { nativeEventOf, nativeTerminalOf } from '../../events'
import { isObject, nameOf } from '../../json'

export const strangeEvents: ClientRule = {
  name: 'strange events',
  fact: 'Agents may call their events whatever they like, also what is the name of another message here, or of none.',
  read: {
    'job.event'({ payload }) {
      const { kind, body } = payload
      if (typeof kind === 'string' && isTold(kind, body)) return
      payload.kind = 'x-draft.event'
      payload.body = { kind, body }
    },
  },
}

/** Whether an event of this kind can be told as what it is. */
function isTold(kind: string, body: unknown): boolean {
  if (isExtensionKey(kind)) return nameOf(kind) !== undefined
  const isName = kind !== '' && nameOf(`job.${kind}`) !== undefined
  return isName && !TAKEN.has(kind) && isObject(body ?? {})
}

/** Kinds that would make another message of an event. */
const TAKEN: ReadonlySet<string> = new Set([
  ...['event', 'result', 'error', 'completed', 'failed', 'queued', 'started', 'heartbeat'],
  ...['submit', 'accepted', 'cancel', 'cancelled', 'cancel_accepted'],
  ...['subscribe', 'subscribed', 'unsubscribe', 'unsubscribed'],
])

export const events: ClientRule = {
  name: 'events',
  fact: 'The draft wraps every event of a job into job.event, with kind, moment and body.',
  read: {
    'job.event'(frame) {
      return [{ ...frame, ...nativeEventOf(frame.payload) }]
    },
  },
}

export const eventFields: ClientRule = {
  name: 'fields of events',
  fact: 'Some fields of events have other names.',
  read: {
    'job.tool_call': renamed({ tool_call_id: 'call_id', name: 'tool', arguments: 'args' }),
    'job.tool_result': renamed({ tool_call_id: 'call_id', output: 'result' }),
    'job.metric': renamed({ dims: 'dimensions', attributes: 'dimensions' }),
    'job.artifact_ref': renamed({ media_type: 'content_type', size_bytes: 'byte_size' }),
  },
}

function renamed(names: Readonly<Record<string, string>>) {
  return (frame: Envelope): void => {
    const fields = Object.entries(frame.payload)
    frame.payload = Object.fromEntries(
      fields.map(([key, value]) => [Object.hasOwn(names, key) ? names[key] : key, value]),
    )
  }
}

export const endedByResult: ClientRule = {
  name: 'ended by result',
  fact: 'Runtimes for Python tell of a cancelled job, and of one out of time, with job.result.',
  read: {
    'job.result'(frame, { jobs }) {
      const { final_status, completed_at } = frame.payload
      const ended = { final_status, completed_at }
      if (final_status === 'cancelled') {
        const message = jobs.get(frame.job_id)?.cancelReason ?? ''
        return [{ ...frame, type: 'job.error', payload: { ...ended, code: 'CANCELLED', message } }]
      }
      if (final_status !== 'timed_out') return
      const message = 'the job ran longer than it may'
      return [{ ...frame, type: 'job.error', payload: { ...ended, code: 'TIMEOUT', message } }]
    },
  },
  write: {
    'job.cancel'({ job_id, payload }, { jobs }) {
      const job = jobs.get(job_id)
      if (job) job.cancelReason = payload.reason
    },
  },
}

export const terminals: ClientRule = {
  name: 'terminals',
  fact: 'A job of the draft ends with job.result or job.error, which say how.',
  read: {
    'job.result': (frame) => terminalOf(frame),
    'job.error': (frame) => terminalOf(frame),
  },
}

function terminalOf(frame: Envelope): readonly Envelope[] | undefined {
  const told = nativeTerminalOf(frame.type, frame.payload)
  return told && [{ ...frame, ...told }]
}

export const noResult: ClientRule = {
  name: 'no result',
  fact: 'A result of null may be left out.',
  read: {
    'job.completed'({ payload }) {
      if (payload.result_id === undefined) payload.result ??= null
    },
  },
}

export const lastChunk: ClientRule = {
  name: 'last chunk',
  fact: 'Runtimes for Python end a result with an empty chunk of text, whatever the others hold.',
  read: {
    'job.result_chunk'({ job_id, payload }, { jobs }) {
      const job = jobs.get(job_id)
      if (!job) return
      job.encoding ??= payload.encoding === 'base64' ? 'base64' : 'utf8'
      if (payload.data === '') payload.encoding = job.encoding
    },
  },
}

export const tracedJobs: ClientRule = {
  name: 'traced jobs',
  fact: 'Whether a runtime names traces shows in the events it sends.',
  read: {
    'job.event'({ job_id, trace_id }, { jobs }) {
      const job = jobs.get(job_id)
      if (job && trace_id !== undefined) job.traced = true
    },
  },
}
