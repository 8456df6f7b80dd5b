import { describe, expect, it } from 'vitest'
import { covers } from './coverage'
import { excessOf } from './excess'
import { leaseIssues } from './lease-issues'

const fetches = (pattern: string, target: string) => covers({ 'net.fetch': [pattern] }, 'net.fetch', target)
const isWithin = (outer: string, inner: string) =>
  excessOf({ 'net.fetch': [outer] }, { 'net.fetch': [inner] }) === undefined

describe('a pattern for URLs', () => {
  it.each([
    ['https://api.example.com/**', 'https://api.example.com/a/b?q=1#f', true],
    ['https://api.example.com/**', 'HTTPS://API.Example.COM:443/a', true],
    ['https://api.example.com/**', 'https://api.example.com', true],
    ['https://api.example.com:443/**', 'https://api.example.com/', true],
    ['https://api.example.com/**', 'http://api.example.com/', false],
    ['https://api.example.com/**', 'https://api.example.com:8443/', false],
    ['https://api.example.com/**', 'https://api.example.com.evil.test/', false],
    ['https://api.example.com/**', 'https://api.example.com@evil.test/', false],
    ['https://*.example.com/**', 'https://a.example.com/x', true],
    ['https://*.example.com/**', 'https://a.b.example.com/x', false],
    ['https://*.example.com/**', 'https://evil.test/.example.com/x', false],
    ['https://*.example.com/**', 'https://example.com/', false],
    ['https://**.example.com/**', 'https://a.b.example.com/x', true],
    ['https://**/**', 'https://a.b.c/x', true],
    ['https://**/**', 'https://a.b.c:8443/x', false],
    ['https://h/a/*', 'https://h/a/b?x=1/2', true],
    ['https://h/a/*', 'https://h/a/b/c', false],
    ['https://h/a/**', 'https://h/a', true],
    ['https://h/a/**', 'https://h/a?b', true],
    ['https://h/a/**', 'https://h/ab', false],
    ['https://h/a?k=*', 'https://h/a?k=v', true],
    ['https://h/a?k=*', 'https://h/a', false],
    ['https://h/*.json', 'https://h/admin?.json', false],
    ['https://h/**/avatar', 'https://h/admin/delete-all?/avatar', false],
    ['https://h/users/*/profile', 'https://h/users/?/profile', false],
    ['https://h/a*?k=*', 'https://h/a/b?k=1', false],
    ['https://h/a?k=*', 'https://h/a?k=1/2?3', true],
    ['https://h/a%2fb', 'https://h/a%2Fb', true],
    ['https://h/public/**', 'https://h/public/../admin', false],
    ['https://h/public/**', 'https://h/public/%2e%2e/admin', false],
    ['https://h/public/**', 'https://h/public/..%2fadmin', false],
    ['https://h/public/**', 'https://h/public/%2e.%5cadmin', false],
    ['http://[::1]:8080/**', 'http://[0:0:0:0:0:0:0:1]:8080/x', true],
    ['http://127.0.0.1/**', 'http://2130706433/', true],
    ['**', 'https://a.example/b', true],
    ['**', 'http://a.example:81/b', true],
    ['**', 'ftp://a.example/b', false],
    ['**', 'file:///etc/passwd', false],
    ['**', 'no URL', false],
  ])('%s covers %s: %j', (pattern, target, expected) => {
    expect(fetches(pattern, target)).toBe(expected)
  })

  it.each([
    ['**', 'https://*.example.com/**', true],
    ['https://**/**', 'https://*.example.com/a', true],
    ['https://*.example.com/**', 'https://**.example.com/**', false],
    ['https://*.example.com/**', 'https://a.example.com/x?y=*', true],
    ['https://h/a?k=*', 'https://h/a', false],
    ['https://h/a', 'https://h/a?k=1', true],
    ['https://h/**', 'http://h/**', false],
    ['https://h/**', '**', false],
  ])('%s holds %s: %j', (outer, inner, expected) => {
    expect(isWithin(outer, inner)).toBe(expected)
  })

  it.each([
    ['*', 'expected an http or https URL, or **'],
    ['example.com/**', 'expected an http or https URL, or **'],
    ['ftp://h/**', 'expected an http or https URL, or **'],
    ['*://h/**', 'expected an http or https URL, or **'],
    ['https:///a', 'expected an http or https URL, or **'],
    ['https://u:p@h/**', 'expected a URL without user info, whose port is a number'],
    ['https://h:*/**', 'expected a URL without user info, whose port is a number'],
    ['https://h/a#b', 'expected a URL without a fragment'],
  ])('is not %j', (pattern, message) => {
    expect(leaseIssues({ 'net.fetch': [pattern] })).toEqual([
      { path: 'lease_request["net.fetch"][0]', message },
    ])
  })
})
