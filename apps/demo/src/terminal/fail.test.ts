import { expect, test } from 'vitest'
import { EXIT, Fail, listenFailure } from './fail'

test('a taken port becomes a sentence with a way out, wherever the code is wrapped', () => {
  const taken = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' })
  for (const error of [taken, new Error('cannot listen', { cause: taken })]) {
    expect(listenFailure(error, 7777)).toMatchObject({
      name: 'Fail',
      message: 'port 7777 is taken by another program',
      hint: expect.stringContaining('--port'),
      exitCode: EXIT.portTaken,
      cause: error,
    })
  }
})

test('a port that needs more rights is told as that', () => {
  const denied = Object.assign(new Error('listen EACCES'), { code: 'EACCES' })
  expect(listenFailure(denied, 80)).toMatchObject({ message: expect.stringContaining('may not be used') })
})

test('what is no failure to listen comes back as it is', () => {
  const other = new Error('other')
  expect(listenFailure(other, 1)).toBe(other)
  expect(listenFailure('text', 1)).toBe('text')
  expect(new Fail('a').exitCode).toBe(EXIT.failed)
})
