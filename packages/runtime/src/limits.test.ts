import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS, type Limits, resolveLimits } from './limits'

const names = Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]

describe('limits', () => {
  it('are the defaults, but for what is changed', () => {
    expect(resolveLimits()).toEqual(DEFAULT_LIMITS)
    expect(resolveLimits({ endedJobs: 5, closeMs: 0.5 })).toEqual({
      ...DEFAULT_LIMITS,
      endedJobs: 5,
      closeMs: 0.5,
    })
  })

  it('takes one that is undefined for one that is not given', () => {
    expect(resolveLimits({ endedJobs: 5, closeMs: undefined } as object)).toEqual({
      ...DEFAULT_LIMITS,
      endedJobs: 5,
    })
  })

  it.each(names)('%s is a positive number, or refused by its name', (name) => {
    for (const wrong of [0, -1, Number.NaN, '5', null, {}]) {
      expect(() => resolveLimits({ [name]: wrong })).toThrow(
        new TypeError(`limits.${name} must be a positive number`),
      )
    }
  })

  it.each([
    ['maxFrameBytes', 4096],
    ['logEvents', 4],
    ['logSize', 4096],
  ] as const)('%s is at least %d', (name, least) => {
    expect(resolveLimits({ [name]: least })[name]).toBe(least)
    expect(() => resolveLimits({ [name]: least - 1 })).toThrow(`limits.${name} must be at least ${least}`)
  })

  it.each(['maxFrameBytes', 'resumeWindowMs', 'heartbeatMs'] as const)(
    '%s is a whole number, for clients are told it',
    (name) => {
      for (const wrong of [Number.POSITIVE_INFINITY, 4096.5]) {
        expect(() => resolveLimits({ [name]: wrong })).toThrow(
          new TypeError(`limits.${name} must be a whole number`),
        )
      }
    },
  )

  it.each(['maxFrameByte', 'toString'])('are refused by their name where there is none such: %s', (name) => {
    expect(() => resolveLimits({ [name]: 5 })).toThrow(new TypeError(`there is no option limits.${name}`))
  })

  it('may be infinite', () => {
    expect(resolveLimits({ endedJobMs: Number.POSITIVE_INFINITY }).endedJobMs).toBe(Number.POSITIVE_INFINITY)
  })
})
