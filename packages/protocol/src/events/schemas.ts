import * as v from 'valibot'
import { wireErrorSchema } from '../errors/wire-error'
import { count, positiveCount } from '../messages/numbers'
import type { Schema } from '../schema'
import { type JobEventBodies, LOG_LEVELS, type VendorBody } from './bodies'

const text = v.string()
const anyObject = v.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected an object',
)

/** The schema of each event's body, without `seq` and `ts`. `docs/protocol.md` §4. */
export const eventBodySchemas: { readonly [Type in keyof JobEventBodies]: Schema<JobEventBodies[Type]> } = {
  'job.queued': v.looseObject({ agent: text, position: count }),
  'job.started': v.looseObject({ agent: text, attempt: positiveCount, resume_token: v.optional(text) }),
  'job.log': v.looseObject({
    level: v.picklist(LOG_LEVELS),
    message: text,
    attributes: v.optional(anyObject),
  }),
  'job.progress': v.looseObject({
    current: v.pipe(v.number(), v.finite(), v.minValue(0)),
    total: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0))),
    units: v.optional(text),
    message: v.optional(text),
  }),
  'job.result_chunk': v.looseObject({
    result_id: text,
    chunk_seq: count,
    data: text,
    encoding: v.picklist(['utf8', 'base64']),
    more: v.boolean(),
  }),
  'job.completed': v.looseObject({
    result: v.optional(v.unknown()),
    result_id: v.optional(text),
    result_size: v.optional(count),
    result_format: v.optional(v.picklist(['json', 'text', 'bytes'])),
    summary: v.optional(text),
  }),
  'job.failed': v.looseObject({ error: wireErrorSchema }),
  'job.cancelled': v.looseObject({ reason: v.optional(text) }),
  'job.thought': v.looseObject({ text }),
  'job.status': v.looseObject({ phase: text, message: v.optional(text), details: v.optional(anyObject) }),
  'job.tool_call': v.looseObject({ call_id: text, tool: text, args: v.unknown() }),
  'job.tool_result': v.looseObject({
    call_id: text,
    result: v.optional(v.unknown()),
    error: v.optional(wireErrorSchema),
  }),
  'job.metric': v.looseObject({
    name: text,
    value: v.pipe(v.number(), v.finite()),
    unit: v.optional(text),
    dimensions: v.optional(v.record(text, text)),
  }),
  'job.artifact_ref': v.looseObject({
    uri: text,
    content_type: text,
    byte_size: v.optional(count),
    sha256: v.optional(v.pipe(text, v.regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits'))),
  }),
  'job.delegate': v.looseObject({ child_job_id: text, agent: text, input: v.unknown() }),
}

/** The schema of a vendor event's body. */
export const vendorBodySchema: Schema<VendorBody> = v.looseObject({ body: v.unknown() })
