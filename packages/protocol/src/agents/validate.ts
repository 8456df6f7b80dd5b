import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type Issue, issueAt, MAX_ISSUES } from '../schema'
import type { AnySchema } from './contract'

/** What a schema made of a value, or what is wrong with it. */
export type Validated<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly issues: readonly Issue[] }

/**
 * Runs a Standard Schema of any library, synchronous or not; at most {@link MAX_ISSUES} issues are told. Rejects with
 * whatever the schema itself throws.
 *
 * @param prefix where the value itself stands, for the paths of the issues
 */
export async function validate<S extends AnySchema>(
  schema: S,
  value: unknown,
  prefix: string,
): Promise<Validated<StandardSchemaV1.InferOutput<S>>> {
  const result = await schema['~standard'].validate(value)
  if (!result.issues) return { ok: true, value: result.value as StandardSchemaV1.InferOutput<S> }
  const issues = result.issues
    .slice(0, MAX_ISSUES)
    .map(({ path, message }) => issueAt(path?.map(keyOf) ?? [], prefix, message))
  return { ok: false, issues }
}

function keyOf(segment: PropertyKey | StandardSchemaV1.PathSegment): PropertyKey {
  return typeof segment === 'object' ? segment.key : segment
}
