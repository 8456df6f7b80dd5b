import * as v from 'valibot'
import { isObject } from './json'
import type { Schema } from './schema'

/*
 * What schemas of this package are made of. Entries come from a function, so that one annotation at the call lets
 * bundlers drop a schema nobody uses.
 */

/** An integer from 0. */
export const count: Schema<number> = /* @__PURE__ */ number(isCount, 'expected an integer of at least 0')

/** An integer from 1. */
export const positiveCount: Schema<number> = /* @__PURE__ */ number(
  (value) => isCount(value) && value > 0,
  'expected an integer of at least 1',
)

/** A finite number from 0. */
export const amount: Schema<number> = /* @__PURE__ */ number(
  (value) => Number.isFinite(value) && value >= 0,
  'expected a finite number of at least 0',
)

/** A finite number above 0. */
export const positiveAmount: Schema<number> = /* @__PURE__ */ number(
  (value) => Number.isFinite(value) && value > 0,
  'expected a finite number above 0',
)

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function number(is: (value: number) => boolean, message: string): Schema<number> {
  return v.custom<number>((value) => typeof value === 'number' && is(value), message)
}

/** A string that `is` finds right. */
export function textOf(is: (text: string) => boolean, message: string): v.GenericSchema<string> {
  return v.custom<string>((value) => typeof value === 'string' && is(value), message)
}

/** A string of 1 to `maxLength` UTF-16 code units. */
export function shortText(maxLength: number): v.GenericSchema<string> {
  return textOf(
    (text) => text.length >= 1 && text.length <= maxLength,
    `expected a string of 1 to ${maxLength} characters`,
  )
}

/**
 * The most characters of what names something and is kept or repeated in answers: ids, types, agents. It must not fill
 * a frame by itself. `docs/protocol.md` §1.
 */
export const MAX_NAME_LENGTH = 256

/** A string that names something. */
export const name: Schema<string> = /* @__PURE__ */ shortText(MAX_NAME_LENGTH)

/** An object with any keys. */
export const anyObject: Schema<Record<string, unknown>> = /* @__PURE__ */ v.custom<Record<string, unknown>>(
  isObject,
  'expected an object',
)

/**
 * An object whose every own value fits `schema`. Keys like `__proto__` are values' keys as any other: schema
 * libraries pass over them, and what is passed over is not checked.
 */
export function mapOf<T>(schema: Schema<T>, message: string): Schema<Record<string, T>> {
  return v.custom<Record<string, T>>(
    (value) => isObject(value) && Object.values(value).every((item) => v.is(schema, item)),
    message,
  )
}

/** An object with these fields, and any others; `entries` is what is known of it. */
export function object<const Entries extends v.ObjectEntries>(fields: () => Entries) {
  const entries = fields()
  return Object.assign(v.pipe(anyObject, v.looseObject(entries)), { entries })
}

/**
 * An object as a peer sends it: as {@link object}, but a field that may be left out may also be `null`, and is removed
 * then. A field whose `null` means something is `v.exactOptional`. `docs/protocol.md` §1.
 */
export function received<const Entries extends v.ObjectEntries>(fields: () => Entries) {
  const entries = fields()
  const omissible = Object.keys(entries).filter((name) => entries[name]?.type === 'optional')
  const withoutNulls = v.custom<Record<string, unknown>>((value) => {
    if (!isObject(value)) return false
    for (const name of omissible) if (value[name] === null) delete value[name]
    return true
  }, 'expected an object')
  return v.pipe(withoutNulls, v.looseObject(entries))
}
