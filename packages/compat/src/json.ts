import { MAX_NAME_LENGTH } from '@arcp/protocol'

/** A JSON object: no array, no `null`. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The strings of a list; none where it is no list. */
export function stringsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}

/** The value, where it is a string. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** The value, where it can be an id or a type. */
export function nameOf(value: unknown): string | undefined {
  const text = textOf(value)
  return text !== undefined && text.length > 0 && text.length <= MAX_NAME_LENGTH ? text : undefined
}
