import { type JobFilter, type JobState, parseTimestamp } from '@arcp/protocol'
import type { Job } from './job'

/** A filter as it was meant: two that ask for the same are equal. */
export interface ListFilter {
  /** None: all. */
  readonly states: readonly JobState[]
  readonly agent: string | undefined
  /** Exclusive, in milliseconds since the epoch. */
  readonly after: number | undefined
  readonly before: number | undefined
}

/** Reads a filter that its schema has found right. */
export function listFilter(filter: JobFilter = {}): ListFilter {
  const { status = [], agent, created_after, created_before } = filter
  return {
    states: [...new Set(status)].sort(),
    agent,
    after: created_after === undefined ? undefined : parseTimestamp(created_after),
    before: created_before === undefined ? undefined : parseTimestamp(created_before),
  }
}

/** Whether a job is asked for by its state and agent; its time is a matter of where to look. */
export function isAskedFor(job: Job, { states, agent }: ListFilter): boolean {
  if (states.length > 0 && !states.includes(job.state)) return false
  return agent === undefined || job.facts.agent === agent || job.facts.agent.startsWith(`${agent}@`)
}
