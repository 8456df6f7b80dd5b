import { type AgentContract, type AgentParsedInput, type AgentReturn, refuseOthers } from '@arcp/protocol'
import type { AgentContext } from '../jobs/context'

/** What does an agent's work: takes the checked input, and what the runtime lends it. */
export type AgentFunction<Contract> = (
  input: AgentParsedInput<Contract>,
  context: AgentContext,
) => AgentReturn<Contract> | Promise<AgentReturn<Contract>>

/** Options of {@link implement}. */
export interface ImplementOptions {
  /** How many jobs of this version may run at the same time; further ones wait. Default: as many as the runtime takes. */
  readonly maxRunning?: number
  /**
   * Whether a submit that names no version means this one. Of several that say so the one added last counts. Default:
   * the highest version by SemVer is meant.
   */
  readonly isDefault?: boolean
}

/** An agent as a runtime hosts it: the contract both sides know, and its function. */
export interface Implementation<Contract extends AgentContract = AgentContract> extends ImplementOptions {
  /** What it is called, and what goes in and comes out. */
  readonly contract: Contract
  /** Does one job, with input that the contract's schema has checked. */
  readonly run: (input: unknown, context: AgentContext) => unknown
}

/**
 * Joins a contract and the function that fulfils it.
 *
 * @throws TypeError when `maxRunning` is below 1, and for an option there is none of
 */
export function implement<Contract extends AgentContract>(
  contract: Contract,
  run: AgentFunction<Contract>,
  options: ImplementOptions = {},
): Implementation<Contract> {
  const { maxRunning, isDefault, ...others } = options
  refuseOthers(others)
  if (maxRunning !== undefined && !(maxRunning >= 1)) {
    throw new TypeError(`maxRunning of ${contract.reference} must be at least 1`)
  }
  return {
    contract,
    run: (input, context) => run(input as AgentParsedInput<Contract>, context),
    ...(maxRunning === undefined ? {} : { maxRunning }),
    ...(isDefault === undefined ? {} : { isDefault }),
  }
}
