import { isObject } from '../../json'
import type { RuntimeRule } from '../../runtime-side/rule'
import { nativeStateOf } from '../../states'

const TIMEOUT = 'TIMEOUT'

export const listFilter: RuntimeRule = {
  name: 'list filter',
  fact: 'The draft has its own states, and tells a job that ran out of time from one that failed otherwise.',
  read: {
    'session.list_jobs'({ payload: { filter } }, { request }) {
      if (!isObject(filter) || !Array.isArray(filter.status)) return
      const asked: unknown[] = filter.status
      const states = asked.map((state) => ({
        error_code: undefined,
        ...(nativeStateOf(state) ?? { status: state }),
      }))
      filter.status = [...new Set(states.map(({ status }) => status))]
      const failed = states.filter(({ status }) => status === 'failed')
      const timedOut = failed.filter(({ error_code }) => error_code === TIMEOUT)
      if (request && timedOut.length === 0) request.wants = (code) => code !== TIMEOUT
      else if (request && timedOut.length === failed.length)
        request.wants = (code) => (code ?? TIMEOUT) === TIMEOUT
    },
  },
}
