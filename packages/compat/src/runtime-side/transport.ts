import type { Transport } from '@arcp/protocol/transport'
import type { CompatLimits } from '../options'
import type { Rule } from '../rule'
import type { RuntimeMemory } from './memory'

/** What {@link runtimeSide} needs. */
export interface RuntimeSideParts {
  readonly rules: readonly Rule<RuntimeMemory>[]
  readonly limits: CompatLimits
}

/** A runtime's end of a transport, for a client of the public draft too. */
export function runtimeSide(transport: Transport, _parts: RuntimeSideParts): Transport {
  return transport
}
