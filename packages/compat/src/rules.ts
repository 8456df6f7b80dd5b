import type { ClientMemory } from './client-side/memory'
import type { Rule } from './rule'
import type { RuntimeMemory } from './runtime-side/memory'

/** What is done for clients of the public draft, in this order. */
export const runtimeRules: readonly Rule<RuntimeMemory>[] = []

/** What is done for runtimes of the public draft, in this order. */
export const clientRules: readonly Rule<ClientMemory>[] = []
