import type { Observation, ObservedJob, Observer } from '@arcp/protocol/observe'
import type { Ledger } from './ledger'

/** Watches what a runtime does inside. */
export function modelObserver(ledger: Ledger): Required<Pick<Observer, 'observe'>> {
  return {
    observe(observation) {
      ledger.note(summary(observation))
      switch (observation.type) {
        case 'event.appended': {
          const { job: observed, eventType, seq, size } = observation
          const job = ledger.jobs.get(observed.jobId)
          const isAgents = job?.saying !== undefined
          ledger.check(job?.append(seq, eventType, size), `${observed.jobId}: `)
          if (eventType === 'job.queued') ledger.queue.waits(observed.jobId)
          else if (eventType !== 'job.started') ledger.queue.said()
          if (!job || isAgents || eventType !== 'job.status') return
          const owner = observed.sessionId || undefined
          if (owner === job.owner && job.ownerKnown) return
          ledger.coverage.saw('an owner who changed')
          job.ownedBy(owner)
          return
        }
        case 'job.started': {
          const job = ledger.jobs.get(observation.job.jobId)
          ledger.check(ledger.queue.starts(observation.job.jobId), `${observation.job.jobId}: `)
          if (!job) return
          job.state = 'running'
          if (job.causes.length > 0) ledger.complain(`${job.id} starts, though it is to end`)
          return
        }
        case 'job.ended': {
          const { job: observed, cause, state } = observation
          ledger.coverage.saw(`a job ended by ${cause}`)
          const job = ledger.jobs.get(observed.jobId)
          const isDue = {
            store_failed: ledger.storeHasFailed,
            shutdown: ledger.closing,
            emit_overflow: job?.rushed,
            runtime_lost: job && (ledger.isLate(job.request) || ledger.closing),
          }[cause]
          if (job && cause === 'runtime_lost') ledger.lost(job)
          if (isDue) job?.causes.push({ cause, rest: ledger.rests, atOnce: false })
          ledger.check(job?.end(cause, state), `${observed.jobId}: `)
          ledger.queue.leaves(observed.jobId)
          if (job) job.keptUntil = ledger.clock.monotonic() + ledger.limits.endedJobMs
          return
        }
        case 'session.ended': {
          const { sessionId, reason } = observation
          const session = ledger.sessions.get(sessionId)
          if (!session) return
          const { resumeWindowMs, unheardMs } = ledger.limits
          const windowMs = session.heard ? resumeWindowMs : unheardMs
          const isDue =
            session.over || session.isExpired(ledger.clock.monotonic(), windowMs) || ledger.closing
          if (!isDue) ledger.complain(`${sessionId} ended: ${reason}`)
          session.over = true
          session.ended = true
          for (const job of ledger.jobs.values()) if (job.owner === sessionId) job.ownedBy(undefined)
        }
      }
    },
  }
}

/** The fields an observation may have. */
const EMPTY: {
  job?: ObservedJob
  sessionId?: string
  eventType?: string
  seq?: number
  reason?: string
  cause?: string
} = {}

function summary(observation: Observation): string {
  const { job, sessionId, eventType, seq, reason, cause } = { ...EMPTY, ...observation }
  return `* ${[observation.type, job?.jobId, sessionId, eventType, seq, reason, cause].filter(Boolean).join(' ')}`
}
