import type { Dialect } from '../peer'

/** What the translator of one dialer knows, across its transports. */
export interface ClientMemory {
  readonly dialect: Dialect
}
