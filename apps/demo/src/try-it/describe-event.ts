import type { JobEvent } from '@arcp/protocol'

/** The longest text of an event that is shown whole. Unit: characters. */
export const TEXT_SHOWN = 200

/** Fields that prove something to whoever holds them: their value is not for a screen. */
const SECRET = new Set(['resume_token', 'credentials'])

function shorten(key: string, value: unknown): unknown {
  if (SECRET.has(key)) return '(not shown)'
  if (typeof value !== 'string' || value.length <= TEXT_SHOWN) return value
  return `${value.slice(0, TEXT_SHOWN)}… (${value.length} characters)`
}

/** An event's fields as one line of JSON, without its header, long texts cut. */
export function describeEvent({ type, seq, ts, ...fields }: JobEvent): string {
  const text = JSON.stringify(fields, shorten)
  return text === '{}' ? '' : text
}
