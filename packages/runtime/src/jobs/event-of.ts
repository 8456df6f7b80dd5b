import type { JobEvent } from '@arcp/protocol'
import type { LogEntry } from '@arcp/protocol/store'

/** An entry of a log as an application gets it. */
export function eventOf({ type, payload }: LogEntry): JobEvent {
  return { ...JSON.parse(payload), type }
}
