import type { Rule } from '../rule'
import type { ClientMemory } from './memory'

/** A rule of the translator of runtimes. */
export type ClientRule = Rule<ClientMemory>
