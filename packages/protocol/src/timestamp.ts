import * as v from 'valibot'
import type { Schema } from './schema'

/** A moment as it travels: RFC 3339, UTC, milliseconds, `Z`. `docs/protocol.md` §1. */
export function formatTimestamp(epochMs: number): string {
  return new Date(epochMs).toISOString()
}

const form = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/

/** Milliseconds since the epoch of an RFC 3339 timestamp of any offset and 0 to 9 digits; `undefined` for other text. */
export function parseTimestamp(text: string): number | undefined {
  if (!form.test(text)) return undefined
  const epochMs = Date.parse(text.toUpperCase())
  return Number.isNaN(epochMs) ? undefined : epochMs
}

export const timestampSchema: Schema<string> = v.pipe(
  v.string(),
  v.check((text) => parseTimestamp(text) !== undefined, 'expected an RFC 3339 timestamp'),
)
