import type { StandardSchemaV1 } from '@standard-schema/spec'
import { isAgentName, isAgentVersion } from './reference'

/** A schema of any library that follows the Standard Schema convention. */
export type AnySchema = StandardSchemaV1<unknown, unknown>

/**
 * What an agent's result is: a JSON value that a schema describes, or a stream of text or of bytes, which may be far
 * larger than memory.
 */
export type OutputKind = AnySchema | 'text' | 'bytes'

/** What {@link agent} takes. */
export interface AgentDefinition<Input extends AnySchema, Output extends OutputKind> {
  /** `[a-z0-9][a-z0-9._-]*` */
  readonly name: string
  /** `[a-zA-Z0-9.+_-]+`; SemVer orders best. */
  readonly version: string
  /** What the agent is for, in a sentence or two. */
  readonly description?: string
  /** Checks a job's input before it is accepted. Default: any JSON. */
  readonly input?: Input
  /** Checks what the agent returns, or names the kind of stream it writes. Default: any JSON. */
  readonly output?: Output
}

/**
 * What both sides know of an agent: its name, version, and what goes in and comes out. It holds no implementation, so
 * that clients and browsers import it freely. `docs/protocol.md` §3.
 */
export interface AgentContract<Input extends AnySchema = AnySchema, Output extends OutputKind = OutputKind>
  extends AgentDefinition<Input, Output> {
  /** `name@version` */
  readonly reference: string
}

/** A schema that takes any JSON: what a contract without `input` or `output` stands for. */
type AnyJson = StandardSchemaV1<unknown, unknown>

/**
 * Declares an agent.
 *
 * @throws TypeError when name or version are not of their form
 */
export function agent<Input extends AnySchema = AnyJson, Output extends OutputKind = AnyJson>(
  definition: AgentDefinition<Input, Output>,
): AgentContract<Input, Output> {
  const { name, version } = definition
  if (!isAgentName(name))
    throw new TypeError(`agent name ${JSON.stringify(name)} is not [a-z0-9][a-z0-9._-]*`)
  if (!isAgentVersion(version)) {
    throw new TypeError(`agent version ${JSON.stringify(version)} is not [a-zA-Z0-9.+_-]+`)
  }
  return { ...definition, reference: `${name}@${version}` }
}

/** What a client passes to `submit` for this agent. */
export type AgentInput<Contract> =
  Contract extends AgentContract<infer Input, OutputKind> ? StandardSchemaV1.InferInput<Input> : unknown

/** What the agent's function receives: the input as its schema made it. */
export type AgentParsedInput<Contract> =
  Contract extends AgentContract<infer Input, OutputKind> ? StandardSchemaV1.InferOutput<Input> : unknown

/** What a function without `return` returns; `undefined` would refuse an async one. */
type Nothing = ReturnType<() => void>

/** What the agent's function returns; one that streams may return nothing. */
export type AgentReturn<Contract> =
  Contract extends AgentContract<AnySchema, infer Output>
    ? Output extends AnySchema
      ? StandardSchemaV1.InferInput<Output>
      : Output extends 'text'
        ? string | Nothing
        : Uint8Array | Nothing
    : unknown

/** What a client gets as the job's result. */
export type AgentResult<Contract> =
  Contract extends AgentContract<AnySchema, infer Output>
    ? Output extends AnySchema
      ? StandardSchemaV1.InferOutput<Output>
      : Output extends 'text'
        ? string
        : Uint8Array
    : unknown
