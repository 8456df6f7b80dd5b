import { expect, it } from 'vitest'
import { isArcpError } from './arcp-error'
import { ConnectionError } from './connection-error'

it('a ConnectionError keeps the address and what the platform reported, and is no error of the wire', () => {
  const cause = new Error('ECONNREFUSED')
  const error = new ConnectionError('cannot reach ws://127.0.0.1:1', { url: 'ws://127.0.0.1:1', cause })
  expect(error.url).toBe('ws://127.0.0.1:1')
  expect(error.cause).toBe(cause)
  expect(String(error)).toBe('ConnectionError: cannot reach ws://127.0.0.1:1')
  expect(isArcpError(error)).toBe(false)
})

it('a ConnectionError has no cause of its own where none was given', () => {
  expect(Object.hasOwn(new ConnectionError('gone'), 'cause')).toBe(false)
})
