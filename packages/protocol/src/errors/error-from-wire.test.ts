import { describe, expect, it } from 'vitest'
import { issuesOf } from '../schema'
import { ArcpError } from './arcp-error'
import { errorFromWire } from './error-from-wire'
import { wireErrorSchema } from './wire-error'

describe('errorFromWire', () => {
  it.each(['ACME_BROKE', '__proto__', 'constructor', 'toString'])(
    'keeps the unknown code %j as it is',
    (code) => {
      const error = errorFromWire({ code, message: 'm', retryable: true, details: { a: 1 } })
      expect(Object.getPrototypeOf(error)).toBe(ArcpError.prototype)
      expect(error.toWire()).toEqual({ code, message: 'm', retryable: true, details: { a: 1 } })
    },
  )

  it('believes the peer about repeating, and takes silence for no', () => {
    expect(errorFromWire({ code: 'TIMEOUT', message: 'm', retryable: true }).retryable).toBe(true)
    expect(errorFromWire({ code: 'INTERNAL_ERROR', message: 'm' }).retryable).toBe(false)
  })
})

describe('wireErrorSchema', () => {
  it('takes an error with or without what may be missing', () => {
    expect(issuesOf(wireErrorSchema, { code: 'TIMEOUT', message: '' })).toBeUndefined()
    expect(
      issuesOf(wireErrorSchema, { code: 'X', message: '', retryable: false, details: {}, 'x-a': 1 }),
    ).toBeUndefined()
  })

  it.each([
    [{ message: 'm' }, 'code', 'is missing'],
    [{ code: 'X' }, 'message', 'is missing'],
    [{ code: 5, message: 'm' }, 'code', 'expected string'],
    [{ code: 'X', message: 'm', retryable: 'no' }, 'retryable', 'expected boolean'],
    [{ code: 'X', message: 'm', details: [] }, 'details', 'expected an object'],
    [[], '', 'expected an object'],
    [null, '', 'expected an object'],
  ])('refuses %j', (value, path, message) => {
    expect(issuesOf(wireErrorSchema, value)).toEqual([{ path, message }])
  })
})
