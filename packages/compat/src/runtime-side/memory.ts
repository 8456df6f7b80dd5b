import type { Dialect } from '../peer'

/** What the translator of one client's transport knows. */
export interface RuntimeMemory {
  readonly dialect: Dialect
}
