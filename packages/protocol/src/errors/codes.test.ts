import { describe, expect, it } from 'vitest'
import { ArcpError } from './arcp-error'
import { errorClasses } from './classes'
import { ERROR_CODES, type ErrorCode, isErrorCode } from './codes'
import { errorFromWire } from './error-from-wire'

const codes = Object.keys(ERROR_CODES) as ErrorCode[]

describe('the table of errors', () => {
  it('holds the fifteen codes of the protocol and no other', () => {
    expect(codes).toEqual([
      'PERMISSION_DENIED',
      'LEASE_SUBSET_VIOLATION',
      'JOB_NOT_FOUND',
      'DUPLICATE_KEY',
      'AGENT_NOT_AVAILABLE',
      'AGENT_VERSION_NOT_AVAILABLE',
      'CANCELLED',
      'TIMEOUT',
      'RESUME_WINDOW_EXPIRED',
      'HEARTBEAT_LOST',
      'LEASE_EXPIRED',
      'BUDGET_EXHAUSTED',
      'INVALID_REQUEST',
      'UNAUTHENTICATED',
      'INTERNAL_ERROR',
    ])
  })

  it('calls two of them worth repeating', () => {
    expect(codes.filter((code) => ERROR_CODES[code].retryable)).toEqual(['HEARTBEAT_LOST', 'INTERNAL_ERROR'])
  })

  it.each(codes)('has a class for %s that goes over the wire and comes back the same', (code) => {
    const Class = errorClasses[code]
    const error = new Class('told', { details: { a: [1, null] } })
    expect(error).toBeInstanceOf(ArcpError)
    expect(error.code).toBe(code)
    expect(error.retryable).toBe(ERROR_CODES[code].retryable)
    expect(error.name).toBe(Class.name)
    expect(
      error.name
        .replace(/Error$/, '')
        .replace(/(?!^)[A-Z]/g, '_$&')
        .toUpperCase(),
    ).toBe(code.replace(/_ERROR$/, ''))

    const back = errorFromWire(JSON.parse(JSON.stringify(error.toWire())))
    expect(back).toBeInstanceOf(Class)
    expect(back.toWire()).toEqual(error.toWire())
  })

  it('gives each code its own class', () => {
    expect(new Set(Object.values(errorClasses)).size).toBe(codes.length)
  })
})

describe('isErrorCode', () => {
  it.each(['', 'timeout', 'ACME_BROKE', '__proto__', 'constructor', 'toString'])(
    'takes %j for none',
    (code) => {
      expect(isErrorCode(code)).toBe(false)
    },
  )
})
