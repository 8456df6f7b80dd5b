import type { RawFrame } from '@arcp/testkit'

/** A payload's field, if it is text. */
export function textOf(payload: RawFrame['payload'], field: string): string | undefined {
  const value = payload[field]
  return typeof value === 'string' ? value : undefined
}

/** A payload's field, if it is a number. */
export function numberOf(payload: RawFrame['payload'], field: string): number | undefined {
  const value = payload[field]
  return typeof value === 'number' ? value : undefined
}
