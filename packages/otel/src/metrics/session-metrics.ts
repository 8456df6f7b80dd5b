import type { Observation } from '@arcp/protocol/observe'
import type { Meter } from '@opentelemetry/api'
import { Attribute, Metric } from '../names'
import { described } from './described'

type State = 'open' | 'parked'

/** What sessions there are, and how they fare. */
export class SessionMetrics {
  readonly #instruments
  readonly #states = new Map<string, State>()

  constructor(meter: Meter) {
    this.#instruments = {
      sessions: meter.createUpDownCounter(...described(Metric.sessions)),
      resumes: meter.createCounter(...described(Metric.resumes)),
      replaySize: meter.createHistogram(...described(Metric.replaySize)),
      stalls: meter.createCounter(...described(Metric.stalls)),
      heartbeatLosses: meter.createCounter(...described(Metric.heartbeatLosses)),
    }
  }

  observe(observation: Observation): void {
    const { resumes, replaySize, stalls, heartbeatLosses } = this.#instruments
    switch (observation.type) {
      case 'session.opened':
        this.#move(observation.sessionId, 'open')
        break
      case 'session.parked':
        this.#move(observation.sessionId, 'parked')
        if (observation.reason === 'heartbeat_lost') heartbeatLosses.add(1)
        break
      case 'session.resumed':
        this.#move(observation.sessionId, 'open')
        resumes.add(1, { [Attribute.replayed]: observation.replayed })
        replaySize.record(observation.missed)
        break
      case 'session.ended':
        this.#move(observation.sessionId, undefined)
        break
      case 'session.stalled':
        stalls.add(1, { [Attribute.stalledBy]: observation.by })
    }
  }

  #move(sessionId: string, to: State | undefined): void {
    const { sessions } = this.#instruments
    const from = this.#states.get(sessionId)
    if (from === to) return
    if (from) sessions.add(-1, { [Attribute.sessionState]: from })
    if (to) {
      sessions.add(1, { [Attribute.sessionState]: to })
      this.#states.set(sessionId, to)
    } else this.#states.delete(sessionId)
  }
}
