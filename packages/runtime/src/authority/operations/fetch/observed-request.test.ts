import { expect, it } from 'vitest'
import { observedRequest } from './observed-request'

it.each([
  ['https://u:p@example.com:8443/a?token=1#f', 'post', 'POST', 'https://example.com:8443/a'],
  [new URL('https://example.com/a?b'), undefined, 'GET', 'https://example.com/a'],
  ['data:secret', undefined, 'GET', 'data:'],
  ['nowhere', 7, 'GET', '(not a URL)'],
  [{}, null, 'GET', '(not a URL)'],
])('a request for %s is seen without secrets', (url, given, method, seen) => {
  expect(observedRequest(url, given)).toEqual({ kind: 'fetch', method, url: seen })
})
