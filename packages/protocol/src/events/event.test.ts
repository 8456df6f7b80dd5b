import { describe, expect, expectTypeOf, it } from 'vitest'
import type { WireError } from '../errors/wire-error'
import type { ExtensionKey } from '../extensions'
import {
  isTerminalType,
  type JobEvent,
  type JobEventOf,
  TERMINAL_TYPES,
  type TerminalEvent,
  type VendorEvent,
} from './event'

const header = { seq: 3, ts: '2026-01-02T03:04:05.678Z' }

/** What an application's loop over events looks like. */
function tell(event: JobEvent): string {
  switch (event.type) {
    case 'job.queued':
      expectTypeOf(event.position).toEqualTypeOf<number>()
      return `queued behind ${event.position}`
    case 'job.progress':
      expectTypeOf(event.current).toEqualTypeOf<number>()
      expectTypeOf(event.total).toEqualTypeOf<number | undefined>()
      return `${event.current} of ${event.total}, ${event['x-acme-span']}`
    case 'job.log':
      expectTypeOf(event.level).toEqualTypeOf<'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'>()
      // @ts-expect-error a log line has no `current`
      return `${event.message}${event.current}`
    case 'job.result_chunk':
      expectTypeOf(event.encoding).toEqualTypeOf<'utf8' | 'base64'>()
      return event.data
    case 'job.completed':
      expectTypeOf(event.result).toEqualTypeOf<unknown>()
      return 'completed'
    case 'job.failed':
      expectTypeOf(event).toEqualTypeOf<JobEventOf<'job.failed'>>()
      expectTypeOf(event.error).toEqualTypeOf<WireError>()
      return event.error.code
    case 'x-acme.scan':
      expectTypeOf(event).toExtend<VendorEvent>()
      return `acme's ${event.body}`
    default:
      expectTypeOf(event.seq).toEqualTypeOf<number>()
      return event.type
  }
}

describe('JobEvent', () => {
  it('is told apart by its type', () => {
    expect(tell({ ...header, type: 'job.progress', current: 1, total: 2, 'x-acme-span': 'a1' })).toBe(
      '1 of 2, a1',
    )
    expect(tell({ ...header, type: 'job.failed', error: { code: 'TIMEOUT', message: 'late' } })).toBe(
      'TIMEOUT',
    )
    expect(tell({ ...header, type: 'x-acme.scan', body: 'scan' })).toBe("acme's scan")
    expect(tell({ ...header, type: 'x-other.vendor', body: null })).toBe('x-other.vendor')
  })

  it('carries extensions of unknown type, and no field that is neither known nor x-*', () => {
    expectTypeOf<JobEventOf<'job.log'>[ExtensionKey]>().toEqualTypeOf<unknown>()
    // @ts-expect-error `shade` is no field of a log line
    const event: JobEvent = { ...header, type: 'job.log', level: 'info', message: 'hi', shade: 1 }
    expect(event.seq).toBe(3)
  })

  it('narrows by a list of types a caller asks for', () => {
    expectTypeOf<Extract<JobEvent, { type: 'job.thought' }>>().toEqualTypeOf<JobEventOf<'job.thought'>>()
  })
})

describe('isTerminalType', () => {
  it.each(TERMINAL_TYPES)('knows that %s ends a job', (type) => {
    expect(isTerminalType(type)).toBe(true)
  })

  it.each(['job.queued', 'job.started', 'job.cancel', 'job.result', '', '__proto__'])(
    'knows %j does not',
    (type) => {
      expect(isTerminalType(type)).toBe(false)
    },
  )

  it('narrows an event to those that end a job', () => {
    expectTypeOf<TerminalEvent['type']>().toEqualTypeOf<'job.completed' | 'job.failed' | 'job.cancelled'>()
  })
})
