import type { RuntimeRule } from '../../runtime-side/rule'

export const wholeSeconds: RuntimeRule = {
  name: 'whole seconds',
  fact: 'Intervals and windows are whole seconds, from 1, to every implementation of the draft.',
  write: {
    'session.welcome'({ payload }) {
      const { heartbeat_interval_sec: interval, resume_window_sec: window } = payload
      if (typeof interval === 'number') payload.heartbeat_interval_sec = Math.ceil(interval)
      if (typeof window === 'number') payload.resume_window_sec = Math.max(1, Math.floor(window))
    },
  },
}
