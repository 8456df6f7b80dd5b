import { eventBodySchemas } from '@arcp/protocol'
import type { Meter } from '@opentelemetry/api'
import { Attribute, Metric } from '../names'
import { described } from './described'

/** What events of one type and agent add up to. */
interface Total {
  events: number
  size: number
}

/** Agents whose events are counted apart; those of any further one are counted as `_OTHER`. */
const MAX_AGENTS = 1_000
const OTHER = '_OTHER'

/**
 * Counts events as they enter logs, and tells the sums only when they are asked for: what happens at each event is an
 * addition.
 */
export class EventTotals {
  readonly #agents = new Map<string, Map<string, Total>>()

  constructor(meter: Meter) {
    const events = meter.createObservableCounter(...described(Metric.events))
    const bytes = meter.createObservableCounter(...described(Metric.bytes))
    meter.addBatchObservableCallback(
      (result) => {
        for (const [agent, types] of this.#agents) {
          for (const [type, total] of types) {
            const attributes = { [Attribute.agent]: agent, [Attribute.eventType]: type }
            result.observe(events, total.events, attributes)
            result.observe(bytes, total.size, attributes)
          }
        }
      },
      [events, bytes],
    )
  }

  /** Counts an event of `agent`, whatever its version. */
  add(agent: string, type: string, size: number): void {
    const types = this.#agents.get(agent) ?? this.#begin(agent)
    const total = types.get(type) ?? this.#beginType(types, type)
    total.events++
    total.size += size
  }

  #begin(agent: string): Map<string, Total> {
    const name = this.#agents.size < MAX_AGENTS ? agent : OTHER
    const types = this.#agents.get(name) ?? new Map<string, Total>()
    this.#agents.set(name, types)
    return types
  }

  #beginType(types: Map<string, Total>, type: string): Total {
    const name = Object.hasOwn(eventBodySchemas, type) ? type : OTHER
    const total = types.get(name) ?? { events: 0, size: 0 }
    types.set(name, total)
    return total
  }
}
