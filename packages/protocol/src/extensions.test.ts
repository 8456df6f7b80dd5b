import { describe, expect, expectTypeOf, it } from 'vitest'
import { getExtension, isExtensionKey, pickExtensions } from './extensions'

describe('isExtensionKey', () => {
  it('knows keys that begin with x- and go on', () => {
    expect(['x-a', 'x-acme.scan', 'x--'].every(isExtensionKey)).toBe(true)
    expect(['', 'x', 'x-', 'X-a', 'a-x-b', 'extension', '__proto__'].some(isExtensionKey)).toBe(false)
  })
})

describe('getExtension', () => {
  it('gives the value as it is', () => {
    const value = { deep: [null] }
    expect(getExtension({ 'x-acme': value }, 'x-acme')).toBe(value)
    expectTypeOf(getExtension({}, 'x-acme')).toEqualTypeOf<unknown>()
  })

  it('gives undefined where there is none', () => {
    expect(getExtension({ 'x-acme': 1 }, 'x-other')).toBeUndefined()
  })

  it('R-SEC-3: reads own properties only', () => {
    const inherits = Object.create({ 'x-acme': 'inherited' })
    expect(getExtension(inherits, 'x-acme')).toBeUndefined()
    expect(getExtension(JSON.parse('{"__proto__":{"x-acme":"slipped in"}}'), 'x-acme')).toBeUndefined()
  })

  it('takes extension keys only', () => {
    // @ts-expect-error `current` is no extension
    expect(getExtension({ current: 1 }, 'current')).toBe(1)
  })
})

describe('pickExtensions', () => {
  it('gives all extensions, their values as they are', () => {
    const value = { nested: JSON.parse('{"__proto__":{"a":1}}') }
    const found = pickExtensions({ seq: 1, 'x-a': value, 'x-b': null, ts: '', 'x-': 1 })
    expect(found).toEqual({ 'x-a': value, 'x-b': null })
    expect(found?.['x-a']).toBe(value)
    expect(JSON.stringify(found)).toBe('{"x-a":{"nested":{"__proto__":{"a":1}}},"x-b":null}')
  })

  it('gives undefined where there are none', () => {
    expect(pickExtensions({})).toBeUndefined()
    expect(pickExtensions({ current: 1 })).toBeUndefined()
    expect(pickExtensions(Object.create({ 'x-a': 1 }))).toBeUndefined()
  })

  it('leaves its source as it was', () => {
    const source = Object.freeze({ 'x-a': 1, b: 2 })
    expect(pickExtensions(source)).not.toBe(source)
  })
})
