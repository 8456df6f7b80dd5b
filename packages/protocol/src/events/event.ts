import type { ExtensionKey, Extensions } from '../extensions'
import type { JobEventBodies, VendorBody } from './bodies'

/** What every event of a job's log carries. */
export interface EventHeader<Type extends string> {
  readonly type: Type
  /** The event's number within its job, from 1, contiguous. `docs/protocol.md` §5. */
  readonly seq: number
  /** When it entered the log. */
  readonly ts: string
}

/** An event type this protocol defines. */
export type JobEventType = keyof JobEventBodies

/** One event of a job, of a given type: header and body in one flat object, `x-*` keys as the agent wrote them. */
export type JobEventOf<Type extends JobEventType> = EventHeader<Type> & Readonly<JobEventBodies[Type]>

/** A vendor's own event. */
export type VendorEvent = EventHeader<ExtensionKey> & Readonly<VendorBody> & Extensions

/**
 * Any event of a job, told apart by `type`. An event of a type this version does not know arrives as it is, so a
 * `switch` wants a `default`. `docs/protocol.md` §4.
 */
export type JobEvent = { [Type in JobEventType]: JobEventOf<Type> }[JobEventType] | VendorEvent

/** The types that end a job. */
export const TERMINAL_TYPES = ['job.completed', 'job.failed', 'job.cancelled'] as const

/** A type of {@link TERMINAL_TYPES}. */
export type TerminalType = (typeof TERMINAL_TYPES)[number]

/** The event that ends a job. */
export type TerminalEvent = { [Type in TerminalType]: JobEventOf<Type> }[TerminalType]

/** Whether an event of this type ends its job. */
export function isTerminalType(type: string): type is TerminalType {
  return type === 'job.completed' || type === 'job.failed' || type === 'job.cancelled'
}
