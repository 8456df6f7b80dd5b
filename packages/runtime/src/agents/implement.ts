import type { AgentContract, AgentParsedInput, AgentReturn } from '@arcp/protocol'
import type { AgentContext } from '../jobs/context'

/** What does an agent's work: takes the checked input, and what the runtime lends it. */
export type AgentFunction<Contract> = (
  input: AgentParsedInput<Contract>,
  context: AgentContext,
) => AgentReturn<Contract> | Promise<AgentReturn<Contract>>

/** An agent as a runtime hosts it: the contract both sides know, and its function. */
export interface Implementation<Contract extends AgentContract = AgentContract> {
  readonly contract: Contract
  readonly run: (input: unknown, context: AgentContext) => unknown
}

/** Joins a contract and the function that fulfils it. */
export function implement<Contract extends AgentContract>(
  contract: Contract,
  run: AgentFunction<Contract>,
): Implementation<Contract> {
  return { contract, run: (input, context) => run(input as AgentParsedInput<Contract>, context) }
}
