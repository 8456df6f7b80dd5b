// Runtime

export type { WhenLogFull } from './jobs/log'
export { DEFAULT_LIMITS, type Limits } from './limits'
export type { RuntimeOptions } from './options'
export type { Policy } from './policy'
export { createRuntime, type Runtime } from './runtime'
export type { CloseOptions } from './shutdown'

// Agents

export { type AgentFunction, type Implementation, type ImplementOptions, implement } from './agents/implement'
export type { Agents } from './agents/registry'

// Testing agents

export { type AgentRun, type RunAgentOptions, runAgent } from './run-agent'

// Authentication

export type { Authenticator, Identity } from './auth/authenticator'
export { type JwtOptions, jwt } from './auth/jwt'
export { staticTokens } from './auth/static-tokens'

// What agents are lent

export type { AgentFetch } from './authority/operations/fetch/create-fetch'
export type {
  AgentFiles,
  FileEntry,
  FileStat,
  ListOptions,
  ReadOptions,
  WriteOptions,
} from './authority/operations/files/agent-files'
export type { EntryType } from './authority/operations/files/entry-type'
export type { BudgetLine, Reservation, SpendOptions } from './authority/spending'
export type { ChildJob } from './jobs/child-job'
export type { AgentContext } from './jobs/context'
export type { Delegate, DelegateOptions } from './jobs/delegate'

// What jobs may do

export type { Ceiling, CeilingLease } from './authority/ceiling'

// Credentials

export type { JobCredential } from './authority/credentials/job-credential'
export type {
  CredentialProvisioner,
  CredentialRequest,
  IssuedCredential,
} from './authority/credentials/provisioner'

// Delegation

export type { AgentTokenOptions, CreateAgentToken } from './authority/delegation/agent-token'
export type {
  DelegationAlgorithm,
  DelegationKey,
  DelegationOptions,
  DelegationTokenOptions,
  TrustedIssuer,
} from './authority/delegation/options'

// Stores

export { memoryStore } from './store/memory'
