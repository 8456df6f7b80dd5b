import { formatAmount, parseAmount } from '@arcp/protocol/lease'
import { NO_TRACE } from '../../client-side/no-trace'
import type { ClientRule } from '../../client-side/rule'
import { isObject, nameOf, textOf } from '../../json'

export const delegatedJobs: ClientRule = {
  name: 'delegated jobs',
  fact: 'A runtime may tell unasked of a job that another one was handed part of its work.',
  read: { 'job.accepted': ({ payload }) => (payload.delegate_id === undefined ? undefined : []) },
}

export const whichSubmit: ClientRule = {
  name: 'which submit',
  fact: 'What answers a submit names its id, or its trace, or neither; then it is the oldest’s.',
  read: {
    'job.accepted'(frame, memory) {
      const { requests } = memory
      const { payload, trace_id = textOf(payload.trace_id) } = frame
      const submits = requests.oldest(({ type }) => type === 'job.submit')
      const named = requests.get(payload.request_id)
      const traced = requests.oldest(({ type, traceId }) => type === 'job.submit' && traceId === trace_id)
      if (named ?? traced) memory.correlates = true
      const request = named ?? traced ?? submits
      if (!request) return []
      payload.request_id = request.id
      payload.trace_id = trace_id ?? request.traceId ?? NO_TRACE
      frame.job_id ??= nameOf(payload.job_id)
      return
    },
  },
}

export const acceptedFields: ClientRule = {
  name: 'accepted',
  fact: 'A job that was accepted may be told of without its lease, its agent or its moment.',
  read: {
    'job.accepted'(frame, { requests, now }) {
      const { payload } = frame
      const agent = requests.get(payload.request_id)?.agent
      const accepted_at = new Date(now()).toISOString()
      frame.payload = { agent, accepted_at, ...payload, lease: isObject(payload.lease) ? payload.lease : {} }
    },
  },
}

export const budgetTexts: ClientRule = {
  name: 'budget texts',
  fact: 'The amounts of a budget are numbers, decimals, or decimals behind their currency.',
  read: {
    'job.accepted': ({ payload }) => readBudget(payload),
    'job.subscribed': ({ payload }) => readBudget(payload),
  },
}

function readBudget(payload: Record<string, unknown>): void {
  if (!isObject(payload.budget)) return
  const amounts = Object.entries(payload.budget).map(([currency, told]) => {
    const value = typeof told === 'string' ? told.replace(`${currency}:`, '') : told
    const amount = typeof value === 'string' || typeof value === 'number' ? parseAmount(value) : undefined
    return [currency, amount === undefined ? told : formatAmount(amount)]
  })
  payload.budget = Object.fromEntries(amounts)
}

export const ownJobs: ClientRule = {
  name: 'own jobs',
  fact: 'The events of a job that was accepted follow it, and are counted from then on.',
  read: {
    'job.accepted'({ job_id, trace_id, payload }, memory) {
      if (job_id === undefined || memory.jobs.get(job_id)) return
      memory.follow({ id: job_id, own: true, facts: payload, traced: trace_id !== undefined })
    },
  },
}
