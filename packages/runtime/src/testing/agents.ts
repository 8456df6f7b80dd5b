import { agent } from '@arcp/protocol'
import { type Gate, gate } from '@arcp/testkit'
import { type Implementation, implement } from '../agents/implement'
import type { AgentContext } from '../jobs/context'

/** Returns its input. */
export const echo = agentOf('echo', (input) => input)

/** An agent of version 1.0.0 that takes and returns any JSON. */
export function agentOf(name: string, run: (input: unknown, ctx: AgentContext) => unknown): Implementation {
  return implement(agent({ name, version: '1.0.0' }), run)
}

/** An agent that returns what its gate opens with, and tells the context it was called with. */
export interface HeldAgent {
  readonly implementation: Implementation
  readonly started: Promise<AgentContext>
  readonly gate: Gate<unknown>
}

/** One job of it at a time. */
export function heldAgent(name = 'held'): HeldAgent {
  const started = gate<AgentContext>()
  const end = gate<unknown>()
  const implementation = agentOf(name, (_input, ctx) => {
    started.open(ctx)
    return end.promise
  })
  return { implementation, started: started.promise, gate: end }
}
