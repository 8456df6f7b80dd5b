import { expect, it } from 'vitest'
import { DEFAULT_LIMITS } from './limits'
import { settingsOf } from './options'

const given = (options: object) => settingsOf({ token: 't', ...options })

it('takes a limit that is undefined for one that is not given', () => {
  const { limits } = given({ limits: { backoffMs: 7, maxBackoffMs: undefined } })
  expect(limits).toEqual({ ...DEFAULT_LIMITS, backoffMs: 7 })
})

it('takes limits that are infinite, and a client that never comes back', () => {
  const { limits } = given({ limits: { answerTimeoutMs: Number.POSITIVE_INFINITY, reconnectForMs: 0 } })
  expect([limits.answerTimeoutMs, limits.reconnectForMs]).toEqual([Number.POSITIVE_INFINITY, 0])
})

it.each(Object.keys(DEFAULT_LIMITS))('%s is a positive number, or refused by its name', (name) => {
  const wrong = [-1, Number.NaN, '5', null, {}, ...(name === 'reconnectForMs' ? [] : [0])]
  for (const value of wrong) {
    const refused = new TypeError(`limits.${name} must be a positive number`)
    expect(() => given({ limits: { [name]: value } })).toThrow(refused)
  }
})

it('refuses options and limits there are none of by their names', () => {
  expect(() => given({ tokn: 't' })).toThrow(new TypeError('there is no option tokn'))
  for (const name of ['unreadEvent', 'toString'])
    expect(() => given({ limits: { [name]: 5 } })).toThrow(new TypeError(`there is no option limits.${name}`))
})
