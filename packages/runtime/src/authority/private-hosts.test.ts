import { expect, it } from 'vitest'
import { isPublicAddress, namesPrivateHost } from './private-hosts'

it.each(['1.1.1.1', '93.184.216.34', '2606:4700:4700::1111', '::ffff:1.1.1.1'])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true)
})

it.each([
  ...['0.0.0.0', '10.0.0.1', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.16.0.1', '192.168.1.1'],
  ...['198.18.0.1', '224.0.0.1', '255.255.255.255', '::', '::1', 'fe80::1', 'fc00::1', 'ff02::1'],
  ...['::ffff:127.0.0.1', '64:ff9b::a00:1', '2002:a00:1::', 'example.com', ''],
])('%j is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

it.each([
  ...['http://localhost/**', 'https://LOCALHOST.:8080/a', 'http://a.localhost/', 'http://127.0.0.1/**'],
  ...['http://2130706433/', 'http://0x7f.1/', 'http://[::1]:3000/**', 'http://[::ffff:10.0.0.1]/'],
  ...['http://10.0.0.*/**', 'http://10.**/**', 'http://192.168.1.1/*'],
])('%s names a host that is not public', (pattern) => {
  expect(namesPrivateHost(pattern)).toBe(true)
})

it.each([
  ...['**', 'https://api.example.com/**', 'https://*/**', 'https://**/x', 'https://*.example.com/'],
  ...['https://1.1.1.1/dns-query', 'https://7.example/', 'https://localhost.example.com/', 'no url'],
])('%s names none', (pattern) => {
  expect(namesPrivateHost(pattern)).toBe(false)
})
