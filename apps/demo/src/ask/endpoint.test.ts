import { expect, test } from 'vitest'
import { endpointOf } from './endpoint'

test('an endpoint is what the environment names, and none without its URL', () => {
  expect(endpointOf({ OPENAI_API_KEY: 'key' })).toBeUndefined()
  expect(endpointOf({ OPENAI_BASE_URL: '' })).toBeUndefined()
  expect(endpointOf({ OPENAI_BASE_URL: 'http://h/v1' })).toEqual({
    baseUrl: 'http://h/v1',
    apiKey: '',
    model: 'gpt-4o-mini',
    price: { input: '0.15', output: '0.60' },
  })
  const env = { OPENAI_BASE_URL: 'http://h/', OPENAI_API_KEY: 'k', OPENAI_MODEL: 'm', OPENAI_PRICE: '2' }
  expect(endpointOf(env)).toEqual({
    baseUrl: 'http://h/',
    apiKey: 'k',
    model: 'm',
    price: { input: '2', output: '2' },
  })
})
