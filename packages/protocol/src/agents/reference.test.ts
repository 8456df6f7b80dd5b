import { describe, expect, it } from 'vitest'
import { isAgentName, isAgentVersion, parseAgentReference } from './reference'

describe('parseAgentReference', () => {
  it.each([
    ['report', { name: 'report' }],
    ['report@1.0.0', { name: 'report', version: '1.0.0' }],
    ['0a._-@1.0.0-rc.1+build_7', { name: '0a._-', version: '1.0.0-rc.1+build_7' }],
    ['report@latest', { name: 'report', version: 'latest' }],
  ])('reads %j', (text, reference) => {
    expect(parseAgentReference(text)).toEqual(reference)
  })

  it.each([
    '',
    '@',
    '@1',
    'report@',
    'report@1@2',
    'Report',
    '.report',
    'report @1',
    'report@1 ',
    'report\n',
    '__proto__',
  ])('refuses %j', (text) => {
    expect(parseAgentReference(text)).toBeUndefined()
  })
})

describe('isAgentName', () => {
  it('takes lower-case names that begin with a letter or digit', () => {
    expect(['a', '0', 'acme.web-scan_2'].every(isAgentName)).toBe(true)
    expect(['', 'A', '-a', '_a', 'a/b', 'a@1', 'ß'].some(isAgentName)).toBe(false)
  })
})

describe('isAgentVersion', () => {
  it('takes SemVer and plain labels', () => {
    expect(['1', '1.0.0', '1.0.0-rc.1+b', 'LATEST_2'].every(isAgentVersion)).toBe(true)
    expect(['', '1 0', '1/0', '1@0', '~1'].some(isAgentVersion)).toBe(false)
  })
})
