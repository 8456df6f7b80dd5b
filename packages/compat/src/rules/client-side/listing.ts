import { parseTimestamp } from '@arcp/protocol'
import { NO_TRACE } from '../../client-side/no-trace'
import type { ClientRule } from '../../client-side/rule'
import { isObject, stringsOf, textOf } from '../../json'
import { draftStateOf, nativeStateOf } from '../../states'

export const listEntries: ClientRule = {
  name: 'list entries',
  fact: 'Listed jobs have states of other names, and may lack what is told of them here.',
  read: {
    'session.jobs'(frame, { jobs }) {
      const { payload } = frame
      const entries = Array.isArray(payload.jobs) ? payload.jobs.filter(isObject) : []
      frame.payload = {
        ...payload,
        next_cursor: textOf(payload.next_cursor) ?? null,
        jobs: entries.map((entry) => {
          const { last_event_seq: _, submitted_at, ...rest } = entry
          return {
            created_at: submitted_at,
            parent_job_id: null,
            trace_id: NO_TRACE,
            ...rest,
            ...(nativeStateOf(entry.status) ?? {}),
            lease: isObject(entry.lease) ? entry.lease : {},
            last_seq: jobs.get(textOf(entry.job_id))?.seq ?? 0,
          }
        }),
      }
    },
  },
}

export const whichListing: ClientRule = {
  name: 'which listing',
  fact: 'A page may not name the request it answers.',
  read: {
    'session.jobs'({ payload }, { requests }) {
      payload.request_id ??= requests.oldest(({ type }) => type === 'session.list_jobs')?.id
    },
  },
}

export const listFilter: ClientRule = {
  name: 'list filter',
  fact: 'Runtimes know other states, filter by whole references of agents, if at all, and by the beginning of time only.',
  read: {
    'session.jobs'({ payload }, { requests }) {
      const filter = requests.get(payload.request_id)?.filter
      if (!isObject(filter) || !Array.isArray(payload.jobs)) return
      payload.jobs = payload.jobs.filter((entry) => isObject(entry) && passes(entry, filter))
    },
  },
  write: {
    'session.list_jobs'({ payload }) {
      const { filter } = payload
      if (!isObject(filter)) return
      const { agent, created_before: _, status, ...rest } = filter
      const versioned = textOf(agent)?.includes('@')
      const states = stringsOf(status).flatMap(statesOf)
      payload.filter = {
        ...rest,
        ...(versioned ? { agent } : {}),
        ...(states.length > 0 ? { status: states } : {}),
      }
    },
  },
}

function statesOf(status: string): string[] {
  const state = String(draftStateOf(status, undefined))
  return state === 'error' ? ['error', 'timed_out'] : [state]
}

function passes(entry: Record<string, unknown>, { agent, created_before }: Record<string, unknown>): boolean {
  const reference = textOf(entry.agent) ?? ''
  const wanted = textOf(agent)
  if (wanted !== undefined && reference !== wanted && !reference.startsWith(`${wanted}@`)) return false
  const before = moment(created_before)
  const created = moment(entry.created_at)
  return before === undefined || created === undefined || created < before
}

function moment(value: unknown): number | undefined {
  return typeof value === 'string' ? parseTimestamp(value) : undefined
}
