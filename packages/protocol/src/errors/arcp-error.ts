import { type ErrorCode, RETRYABLE_CODES } from './codes'
import type { WireError } from './wire-error'

/** Options of an {@link ArcpError}. */
export interface ArcpErrorOptions {
  /** Whether repeating may help. Default: what {@link ERROR_CODES} says of the code. */
  readonly retryable?: boolean
  /** Structured detail that travels with the error. */
  readonly details?: Record<string, unknown>
  /** What led to it; stays in this process. */
  readonly cause?: unknown
}

/** `PermissionDeniedError` of `PERMISSION_DENIED`: made, not written out, for what browsers load should be small. */
export function nameOf(code: string): string {
  const words = code.toLowerCase().replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase())
  return words.replace(/(Error)?$/, 'Error')
}

/** Registered, so that copies of this package recognise each other's errors. */
const brand = Symbol.for('arcp.error')

/**
 * An error that has a form on the wire. Thrown by an agent it becomes the job's failure as it is; any other exception
 * becomes a generic `INTERNAL_ERROR`. `docs/protocol.md` §9.
 */
export class ArcpError<Code extends string = string> extends Error {
  readonly code: Code
  readonly retryable: boolean
  readonly details: Record<string, unknown> | undefined

  constructor(code: Code, message: string, options: ArcpErrorOptions = {}) {
    super(message, options)
    this.name = nameOf(code)
    this.code = code
    this.retryable = options.retryable ?? RETRYABLE_CODES.includes(code)
    this.details = options.details
  }

  get [brand](): boolean {
    return true
  }

  /** The error as a payload carries it. */
  toWire(): WireError {
    const { code, message, retryable, details } = this
    return { code, message, retryable, ...(details && { details }) }
  }
}

/** Whether `value` is an {@link ArcpError}, also one of another copy of this package; with `code`, of that code. */
export function isArcpError(value: unknown): value is ArcpError
export function isArcpError<Code extends ErrorCode>(value: unknown, code: Code): value is ArcpError<Code>
export function isArcpError(value: unknown, code?: string): boolean {
  if (!(Object(value) === value && brand in (value as object))) return false
  return code === undefined || (value as ArcpError).code === code
}
