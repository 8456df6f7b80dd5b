import { expect, it } from 'vitest'
import { privateHostOf } from './private-host'

it.each([
  ...['http://localhost/**', 'https://LOCALHOST.:8080/a', 'http://a.localhost/', 'http://127.0.0.1/**'],
  ...['http://2130706433/', 'http://0x7f.1/', 'http://[::1]:3000/**', 'http://[::ffff:10.0.0.1]/'],
  ...['http://10.0.0.*/**', 'http://10.**/**', 'http://192.168.1.1/*'],
])('%s names a host that is not public', (pattern) => {
  expect(privateHostOf(pattern)).toBeDefined()
})

it.each([
  ...['**', 'https://api.example.com/**', 'https://*/**', 'https://**/x', 'https://*.example.com/'],
  ...['https://1.1.1.1/dns-query', 'https://7.example/', 'https://localhost.example.com/', 'no url'],
])('%s names none', (pattern) => {
  expect(privateHostOf(pattern)).toBeUndefined()
})

it('is found out of a host of any length in as many steps as it has characters', () => {
  expect(privateHostOf(`http://${'1'.repeat(300_000)}x/`)).toBeUndefined()
  expect(privateHostOf(`http://${'1.*'.repeat(100_000)}/`)).toBeDefined()
})
