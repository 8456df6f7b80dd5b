import { CLIENT_MUTANTS } from './mutants/client-mutants'
import { FLOW_MUTANTS } from './mutants/flow-mutants'
import { JOB_MUTANTS } from './mutants/job-mutants'
import type { Mutant } from './mutants/mutant'
import { SESSION_MUTANTS } from './mutants/session-mutants'

/** Each has to be noticed. */
export const MUTANTS: readonly Mutant[] = [
  ...SESSION_MUTANTS,
  ...FLOW_MUTANTS,
  ...JOB_MUTANTS,
  ...CLIENT_MUTANTS,
]
