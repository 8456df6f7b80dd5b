import { expect, test } from 'vitest'
import { parseAddress } from './address'
import { explainAnswer, explainError } from './explain'

const plain = parseAddress('ws://example.com/arcp')
const secure = parseAddress('wss://example.com/arcp')

const failing = (code: string) => Object.assign(new Error('as the platform says it'), { code })

test.each([
  ['ENOTFOUND', plain, 'the host name cannot be resolved (ENOTFOUND)'],
  ['EAI_AGAIN', plain, 'the host name cannot be resolved (EAI_AGAIN)'],
  ['EHOSTUNREACH', plain, 'the host cannot be reached (EHOSTUNREACH)'],
  ['ETIMEDOUT', secure, 'the host cannot be reached (ETIMEDOUT)'],
  ['ECONNRESET', plain, 'a server that speaks TLS needs wss://'],
  ['ECONNRESET', secure, 'does a WebSocket server listen there?'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', secure, 'a server that does not speak TLS needs ws://'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', secure, 'its TLS certificate is not trusted'],
  ['CERT_HAS_EXPIRED', secure, 'its TLS certificate is not trusted'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', secure, 'use the host name it is made out to'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', secure, 'NODE_EXTRA_CA_CERTS'],
  ['SOMETHING_ELSE', plain, 'as the platform says it'],
])('explains %s', (code, address, text) => {
  expect(explainError(address, failing(code))).toContain(text)
})

test('explains what is no error with a code', () => {
  expect(explainError(plain, new Error('Invalid Upgrade header'))).toBe('Invalid Upgrade header')
  expect(explainError(plain, 'nothing')).toBe('nothing')
})

test.each([
  [301, 'https://example.com/', 'redirected (301) to https://example.com/'],
  [302, undefined, 'redirected (302) to nowhere'],
  [404, undefined, 'or a proxy passes no upgrades on: said so'],
  [426, undefined, 'and does a proxy pass upgrades on?: said so'],
  [400, undefined, 'a web server answered 400 instead of opening a WebSocket'],
  [401, undefined, 'refused with 401: said so'],
  [500, undefined, 'refused with 500: said so'],
])('explains an answer of %i', (status, location, text) => {
  expect(explainAnswer(status, location, 'said so')).toContain(text)
})
