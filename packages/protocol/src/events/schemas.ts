import * as v from 'valibot'
import { wireErrorSchema } from '../errors/wire-error'
import { amount, anyObject, count, mapOf, object, positiveCount, textOf } from '../fields'
import { credentialSchema } from '../messages/credential'
import type { Schema } from '../schema'
import { type JobEventBodies, LOG_LEVELS, type VendorBody } from './bodies'

const schemas = /* @__PURE__ */ bodySchemas()

/**
 * The schema of each event's body, without `seq` and `ts`: what an agent may emit. Strict, for it is what this side
 * sends. `docs/protocol.md` §4.
 */
export const eventBodySchemas: { readonly [Type in keyof JobEventBodies]: Schema<JobEventBodies[Type]> } =
  schemas

/** The fields each event's body knows; an agent may add `x-*`, and nothing else. `docs/protocol.md` §4. */
export const eventFields: { readonly [Type in keyof JobEventBodies]: ReadonlySet<string> } =
  /* @__PURE__ */ knownFields()

/** The schema of a vendor event's body. */
export const vendorBodySchema: Schema<VendorBody> = /* @__PURE__ */ object(() => ({
  body: v.unknown(),
}))

function bodySchemas() {
  const text = v.string()
  /** Left out of the copies of everybody else. */
  const ownersOnly = <T>(schema: Schema<T>) => v.optional(v.pipe(schema, v.metadata({ audience: 'owner' })))
  return {
    'job.queued': object(() => ({ agent: text, position: count })),
    'job.started': object(() => ({
      agent: text,
      attempt: positiveCount,
      resume_token: ownersOnly(text),
    })),
    'job.log': object(() => ({
      level: v.picklist(LOG_LEVELS),
      message: text,
      attributes: v.optional(anyObject),
    })),
    'job.progress': object(() => ({
      current: amount,
      total: v.optional(amount),
      units: v.optional(text),
      message: v.optional(text),
    })),
    'job.result_chunk': object(() => ({
      result_id: text,
      chunk_seq: count,
      data: text,
      encoding: v.picklist(['utf8', 'base64']),
      more: v.boolean(),
    })),
    'job.completed': object(() => ({
      result: v.exactOptional(v.unknown()),
      result_id: v.optional(text),
      result_size: v.optional(count),
      result_format: v.optional(v.picklist(['json', 'text', 'bytes'])),
      summary: v.optional(text),
      details: v.optional(anyObject),
    })),
    'job.failed': object(() => ({ error: wireErrorSchema })),
    'job.cancelled': object(() => ({ reason: v.optional(text), details: v.optional(anyObject) })),
    'job.thought': object(() => ({ text })),
    'job.status': object(() => ({
      phase: text,
      message: v.optional(text),
      details: v.optional(anyObject),
      credentials: ownersOnly(v.array(credentialSchema, 'expected a list of credentials')),
    })),
    'job.tool_call': object(() => ({ call_id: text, tool: text, args: v.unknown() })),
    'job.tool_result': object(() => ({
      call_id: text,
      result: v.exactOptional(v.unknown()),
      error: v.optional(wireErrorSchema),
    })),
    'job.metric': object(() => ({
      name: text,
      value: v.pipe(v.number(), v.finite('expected a finite number')),
      unit: v.optional(text),
      dimensions: v.optional(mapOf(text, 'expected an object of strings')),
    })),
    'job.artifact_ref': object(() => ({
      uri: text,
      content_type: text,
      byte_size: v.optional(count),
      sha256: v.optional(
        textOf((value) => /^[0-9a-f]{64}$/.test(value), 'expected 64 lower-case hex digits'),
      ),
    })),
    'job.delegate': object(() => ({ child_job_id: text, agent: text, input: v.unknown() })),
  }
}

function knownFields() {
  const fields = Object.entries(schemas).map(([type, { entries }]) => [type, new Set(Object.keys(entries))])
  return Object.fromEntries(fields) as { [Type in keyof JobEventBodies]: ReadonlySet<string> }
}
