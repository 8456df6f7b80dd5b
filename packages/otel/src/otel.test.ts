import { expect, it } from 'vitest'
import { otel } from './otel'

it('refuses an option there is none of', () => {
  const misspelt = { url: true } as object
  expect(() => otel(misspelt)).toThrow(new TypeError('there is no option url'))
})
