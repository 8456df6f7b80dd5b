import type { Timers } from '@arcp/protocol'
import type { Observation, ObservedJob } from '@arcp/protocol/observe'
import type { Meter } from '@opentelemetry/api'
import { agentName } from '../agent-attributes'
import { Attribute, Metric } from '../names'
import { described } from './described'
import { EventTotals } from './event-totals'

/** When a job was accepted and started, in milliseconds. */
interface Times {
  readonly agent: string
  readonly acceptedAt: number
  startedAt?: number
}

/** What jobs there are, how long they wait and run, what they say and what they cost. */
export class JobMetrics {
  readonly #clock: Pick<Timers, 'monotonic'>
  readonly #events: EventTotals
  readonly #instruments
  readonly #jobs = new Map<string, Times>()

  constructor(meter: Meter, clock: Pick<Timers, 'monotonic'>) {
    this.#clock = clock
    this.#events = new EventTotals(meter)
    this.#instruments = {
      submitted: meter.createCounter(...described(Metric.submitted)),
      resumed: meter.createCounter(...described(Metric.resumed)),
      queued: meter.createUpDownCounter(...described(Metric.queued)),
      active: meter.createUpDownCounter(...described(Metric.active)),
      ended: meter.createCounter(...described(Metric.ended)),
      duration: meter.createHistogram(...described(Metric.duration)),
      queueTime: meter.createHistogram(...described(Metric.queueTime)),
      cost: meter.createCounter(...described(Metric.cost)),
    }
  }

  observe(observation: Observation): void {
    switch (observation.type) {
      case 'event.appended': {
        const { job, eventType, size } = observation
        const agent = this.#jobs.get(job.jobId)?.agent
        if (agent !== undefined) this.#events.add(agent, eventType, size)
        break
      }
      case 'job.accepted':
        this.#accepted(observation.job)
        break
      case 'job.started':
        this.#started(observation.job)
        break
      case 'job.ended':
        this.#ended(observation)
        break
      case 'job.resumed':
        this.#instruments.resumed.add(1, { [Attribute.agent]: agentName(observation.job.agent) })
        break
      case 'job.charged': {
        const { job, currency, amount } = observation
        const attributes = { [Attribute.agent]: agentName(job.agent), [Attribute.currency]: currency }
        this.#instruments.cost.add(Number(amount), attributes)
      }
    }
  }

  #accepted({ jobId, agent: reference }: ObservedJob): void {
    const { submitted, queued } = this.#instruments
    const agent = agentName(reference)
    const attributes = { [Attribute.agent]: agent }
    this.#jobs.set(jobId, { agent, acceptedAt: this.#clock.monotonic() })
    submitted.add(1, attributes)
    queued.add(1, attributes)
  }

  #started({ jobId }: ObservedJob): void {
    const { queued, active, queueTime } = this.#instruments
    const job = this.#jobs.get(jobId)
    if (!job) return
    const attributes = { [Attribute.agent]: job.agent }
    job.startedAt = this.#clock.monotonic()
    queued.add(-1, attributes)
    active.add(1, attributes)
    queueTime.record((job.startedAt - job.acceptedAt) / 1000, attributes)
  }

  #ended(observation: Extract<Observation, { readonly type: 'job.ended' }>): void {
    const { queued, active, ended, duration } = this.#instruments
    const { jobId } = observation.job
    const { state, cause, errorCode } = observation
    const job = this.#jobs.get(jobId)
    if (!job) return
    this.#jobs.delete(jobId)
    const attributes = { [Attribute.agent]: job.agent }
    const { startedAt } = job
    if (startedAt === undefined) queued.add(-1, attributes)
    else {
      active.add(-1, attributes)
      const seconds = (this.#clock.monotonic() - startedAt) / 1000
      duration.record(seconds, { ...attributes, [Attribute.state]: state })
    }
    ended.add(1, {
      ...attributes,
      [Attribute.state]: state,
      [Attribute.cause]: cause,
      ...(errorCode !== undefined && { [Attribute.errorType]: errorCode }),
    })
  }
}
