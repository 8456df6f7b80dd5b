import { textOf } from './fields'
import type { Schema } from './schema'

/**
 * A moment as it travels: RFC 3339, UTC, milliseconds, `Z`. `docs/protocol.md` §1.
 *
 * @throws RangeError for what is no moment
 */
export function formatTimestamp(epochMs: number): string {
  return new Date(epochMs).toISOString()
}

const form = /^(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/

/**
 * Milliseconds since the epoch of an RFC 3339 timestamp of any offset and 0 to 9 digits; `undefined` for other text, a
 * 30 February and a leap second among it.
 */
export function parseTimestamp(text: string): number | undefined {
  const match = form.exec(text)
  if (!match || Number(match[3]) > daysIn(Number(match[1]), Number(match[2]))) return undefined
  const epochMs = Date.parse(text.toUpperCase())
  return Number.isNaN(epochMs) ? undefined : epochMs
}

/** `Date.parse` lets a day run over into the next month. */
function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}

/** Checks a moment; see {@link parseTimestamp}. */
export const timestampSchema: Schema<string> = /* @__PURE__ */ textOf(
  (text) => parseTimestamp(text) !== undefined,
  'expected an RFC 3339 timestamp',
)
