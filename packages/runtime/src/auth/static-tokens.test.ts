import { describe, expect, it } from 'vitest'
import { staticTokens } from './static-tokens'

const peer = { transport: 'memory' }

describe('staticTokens', () => {
  const auth = staticTokens(
    JSON.parse('{"one":"ada","two":"bob","three":"ada","__proto__":"proto","ü\\ud800":"odd"}'),
  )

  it.each([
    ['one', 'ada'],
    ['two', 'bob'],
    ['three', 'ada'],
    ['__proto__', 'proto'],
    ['ü\ud800', 'odd'],
  ])('knows whom %j stands for', (token, principal) => {
    expect(auth(token, peer)).toEqual({ principal })
  })

  it.each(['', 'on', 'one ', 'One', 'toString', 'constructor', 'x'.repeat(1_000_000)])(
    'knows nobody for another token (case %#)',
    (token) => {
      expect(auth(token, peer)).toBeUndefined()
    },
  )

  it('knows nobody where no token is given', () => {
    expect(staticTokens({})('', peer)).toBeUndefined()
  })

  it.each([[{ '': 'ada' }], [{ one: '' }]])('takes no empty token and no empty principal: %j', (table) => {
    expect(() => staticTokens(table)).toThrow(new TypeError('tokens and principals must not be empty'))
  })
})
