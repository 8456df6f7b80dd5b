import { describe, expect, expectTypeOf, it } from 'vitest'
import { ArcpError, isArcpError } from './arcp-error'
import { PermissionDeniedError, TimeoutError } from './classes'

describe('ArcpError', () => {
  it('takes from the code whether repeating may help, unless told', () => {
    expect(new ArcpError('INTERNAL_ERROR', 'x').retryable).toBe(true)
    expect(new ArcpError('TIMEOUT', 'x').retryable).toBe(false)
    expect(new ArcpError('TIMEOUT', 'x', { retryable: true }).retryable).toBe(true)
    expect(new ArcpError('INTERNAL_ERROR', 'x', { retryable: false }).retryable).toBe(false)
    expect(new ArcpError('ACME_BROKE', 'x').retryable).toBe(false)
  })

  it('has a wire form without cause, stack and empty fields', () => {
    const error = new ArcpError('INVALID_REQUEST', 'no', { cause: new Error('secret') })
    expect(error.toWire()).toEqual({ code: 'INVALID_REQUEST', message: 'no', retryable: false })
    expect(Object.keys(error.toWire())).not.toContain('details')
    expect(JSON.stringify(error.toWire())).not.toContain('secret')
  })

  it('carries details and keeps its cause to this process', () => {
    const cause = new Error('secret')
    const error = new ArcpError('INVALID_REQUEST', 'no', { cause, details: { path: 'a.b' } })
    expect(error.cause).toBe(cause)
    expect(error.toWire()).toEqual({
      code: 'INVALID_REQUEST',
      message: 'no',
      retryable: false,
      details: { path: 'a.b' },
    })
  })

  it('has no cause of its own where none was given', () => {
    expect(Object.hasOwn(new ArcpError('TIMEOUT', 'late'), 'cause')).toBe(false)
  })

  it('reads as an error anywhere', () => {
    const error: PermissionDeniedError = new PermissionDeniedError('not yours')
    expect(error).toBeInstanceOf(Error)
    expect(String(error)).toBe('PermissionDeniedError: not yours')
    expect(error.constructor.name).toBe('PermissionDeniedError')
    expect(error.stack).toContain('not yours')
  })
})

describe('isArcpError', () => {
  it('knows errors of this package, by code too', () => {
    const error: unknown = new TimeoutError('late')
    expect(isArcpError(error)).toBe(true)
    expect(isArcpError(error, 'TIMEOUT')).toBe(true)
    expect(isArcpError(error, 'CANCELLED')).toBe(false)
  })

  it('knows errors of another copy of the package', () => {
    class Copy extends Error {
      readonly code = 'TIMEOUT'
    }
    const error = Object.defineProperty(new Copy('late'), Symbol.for('arcp.error'), { value: true })
    expect(error).not.toBeInstanceOf(ArcpError)
    expect(isArcpError(error, 'TIMEOUT')).toBe(true)
  })

  it.each([undefined, null, 'TIMEOUT', 5, {}, { code: 'TIMEOUT' }, new Error('TIMEOUT'), () => {}])(
    'takes %j for none',
    (value) => {
      expect(isArcpError(value)).toBe(false)
      expect(isArcpError(value, 'TIMEOUT')).toBe(false)
    },
  )

  it('cannot be claimed by a frame', () => {
    expect(isArcpError(JSON.parse('{"code":"TIMEOUT","Symbol(arcp.error)":true,"__proto__":{}}'))).toBe(false)
  })

  it('narrows to an error of any code, known or not, or of the code asked for', () => {
    const error: unknown = new PermissionDeniedError('no')
    if (isArcpError(error)) expectTypeOf(error).toEqualTypeOf<ArcpError<string>>()
    if (isArcpError(error, 'PERMISSION_DENIED')) {
      expectTypeOf(error).toEqualTypeOf<ArcpError<'PERMISSION_DENIED'>>()
      expectTypeOf(error.code).toEqualTypeOf<'PERMISSION_DENIED'>()
    } else expectTypeOf(error).toEqualTypeOf<unknown>()
    // @ts-expect-error no such code
    isArcpError(error, 'NO_SUCH_CODE')
  })

  it('has a literal code in every class', () => {
    expectTypeOf<TimeoutErrorCode>().toEqualTypeOf<'TIMEOUT'>()
    const error: unknown = new TimeoutError('late')
    if (error instanceof TimeoutError) expectTypeOf(error.code).toEqualTypeOf<'TIMEOUT'>()
  })
})

type TimeoutErrorCode = InstanceType<typeof TimeoutError>['code']
