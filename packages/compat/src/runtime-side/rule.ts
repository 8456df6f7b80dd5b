import type { Rule } from '../rule'
import type { RuntimeMemory } from './memory'

/** A rule of the runtime's side, for clients of the public draft. */
export type RuntimeRule = Rule<RuntimeMemory>
