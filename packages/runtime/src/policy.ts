import type { ObservedJob } from '@arcp/protocol/observe'
import type { Scope } from '@arcp/protocol/store'

/**
 * Widens what sessions may see and cancel beyond what is always theirs. Each function answers at once, with `true` for
 * yes; anything else, a promise among it, is no, and so is an exception. `docs/protocol.md` §3.
 */
export interface Policy {
  /**
   * Whether this identity may list and follow a job of another one. Asked for every such job a listing comes by.
   * Default: no.
   */
  readonly see?: (scope: Scope, job: ObservedJob) => boolean
  /** Whether a session may cancel a job that another session of its own identity owns. Default: no. */
  readonly cancel?: (scope: Scope, job: ObservedJob) => boolean
}
