import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import {
  amount,
  anyObject,
  count,
  mapOf,
  object,
  positiveAmount,
  positiveCount,
  received,
  shortText,
} from './fields'
import { issuesOf, type Schema } from './schema'

const fits = (schema: Schema<unknown>, value: unknown) => issuesOf(schema, value) === undefined

describe('numbers', () => {
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, -1, '1', null, true, [], {}, 1n]

  it('R-SEC-3: counts are integers that a double holds exactly', () => {
    expect([0, 1, 2 ** 53 - 1].every((n) => fits(count, n))).toBe(true)
    expect([...odd, 0.5, 2 ** 53, JSON.parse('9007199254740993'), 1e300].some((n) => fits(count, n))).toBe(
      false,
    )
    expect(fits(positiveCount, 1)).toBe(true)
    expect([...odd, 0, 1.5, 2 ** 53].some((n) => fits(positiveCount, n))).toBe(false)
  })

  it('R-SEC-3: amounts are finite', () => {
    expect([0, 0.5, 1e300].every((n) => fits(amount, n))).toBe(true)
    expect([...odd, JSON.parse('1e999')].some((n) => fits(amount, n))).toBe(false)
    expect([5e-324, 1].every((n) => fits(positiveAmount, n))).toBe(true)
    expect([...odd, 0, -0].some((n) => fits(positiveAmount, n))).toBe(false)
  })

  it('say what they expect', () => {
    expect(issuesOf(count, 0.5)?.[0]?.message).toBe('expected an integer of at least 0')
    expect(issuesOf(positiveCount, 0)?.[0]?.message).toBe('expected an integer of at least 1')
    expect(issuesOf(amount, -1)?.[0]?.message).toBe('expected a finite number of at least 0')
    expect(issuesOf(positiveAmount, 0)?.[0]?.message).toBe('expected a finite number above 0')
  })
})

describe('shortText', () => {
  it('takes 1 up to its limit of characters', () => {
    expect(['a', 'abc'].every((text) => fits(shortText(3), text))).toBe(true)
    expect(['', 'abcd', 1, null, ['a']].some((text) => fits(shortText(3), text))).toBe(false)
    expect(issuesOf(shortText(3), '')?.[0]?.message).toBe('expected a string of 1 to 3 characters')
  })
})

describe('objects', () => {
  const schemas = [anyObject, object(() => ({})), received(() => ({})), mapOf(v.unknown(), 'expected a map')]

  it('are no arrays, null or plain values', () => {
    for (const schema of schemas) {
      expect(fits(schema, {})).toBe(true)
      expect([[], null, '', 5, true].some((value) => fits(schema, value))).toBe(false)
    }
  })

  it('take fields they do not know', () => {
    expect(
      fits(
        object(() => ({ a: v.string() })),
        { a: '', b: 1, 'x-c': null },
      ),
    ).toBe(true)
  })

  it('R-SEC-3: take no field from a __proto__ key', () => {
    const hostile = JSON.parse('{"__proto__":{"a":"inherited"}}')
    expect(
      fits(
        object(() => ({ a: v.string() })),
        hostile,
      ),
    ).toBe(false)
    expect(
      fits(
        received(() => ({ a: v.string() })),
        hostile,
      ),
    ).toBe(false)
  })

  it('tell which fields they know', () => {
    expect(Object.keys(object(() => ({ a: v.string(), b: v.optional(v.string()) })).entries)).toEqual([
      'a',
      'b',
    ])
  })
})

describe('mapOf', () => {
  const map = mapOf(v.string(), 'expected an object of strings')

  it.each(['a', 'constructor', 'prototype', '__proto__', ''])('checks the value under %j', (key) => {
    expect(fits(map, JSON.parse(`{${JSON.stringify(key)}:"text"}`))).toBe(true)
    expect(issuesOf(map, JSON.parse(`{${JSON.stringify(key)}:5}`))).toEqual([
      { path: '', message: 'expected an object of strings' },
    ])
  })
})

describe('received', () => {
  const schema = received(() => ({
    id: v.string(),
    after: v.optional(count),
    any: v.exactOptional(v.unknown()),
    inner: v.optional(received(() => ({ reason: v.optional(v.string()) }))),
  }))

  it('removes an optional field that is null, at any depth', () => {
    const value = JSON.parse('{"id":"a","after":null,"inner":{"reason":null},"x-a":null}')
    expect(issuesOf(schema, value)).toBeUndefined()
    expect(value).toEqual({ id: 'a', inner: {}, 'x-a': null })
    expect(Object.keys(value)).not.toContain('after')
  })

  it('keeps null where it is a value as any other', () => {
    const value = { id: 'a', any: null }
    expect(issuesOf(schema, value)).toBeUndefined()
    expect(value).toEqual({ id: 'a', any: null })
  })

  it('refuses null where a field is needed', () => {
    expect(issuesOf(schema, { id: null })).toEqual([{ path: 'id', message: 'expected string' }])
  })

  it('checks what is there', () => {
    expect(issuesOf(schema, { id: 'a', after: 'b' })?.[0]?.path).toBe('after')
    expect(issuesOf(schema, { id: 'a', inner: { reason: 5 } })?.[0]?.path).toBe('inner.reason')
  })
})
