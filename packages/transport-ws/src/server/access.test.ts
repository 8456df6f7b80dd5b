import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { type AccessOptions, accessRules } from './access'

function request(headers: IncomingHttpHeaders): IncomingMessage {
  const { host } = headers
  return {
    headers,
    headersDistinct: host === undefined ? {} : { host: [host] },
  } as unknown as IncomingMessage
}

const hostRefused = (options: AccessOptions, boundTo: string | undefined, host: string) =>
  accessRules(options, boundTo).checkHost(request({ host }))

const originRefused = (options: AccessOptions, boundTo: string | undefined, origin: string) =>
  accessRules(options, boundTo).checkOrigin(request({ origin }))

describe('R-SEC-1: Host', () => {
  test('is allowed when it is loopback, whatever is listened on', () => {
    for (const boundTo of ['127.0.0.1', '0.0.0.0', 'box.lan', undefined]) {
      for (const host of ['localhost:1', 'LOCALHOST.', '127.9.9.9:7777', '[::1]:7777']) {
        expect(hostRefused({ hosts: [] }, boundTo, host)).toBeUndefined()
      }
    }
  })

  test('is allowed when it is the name listened on', () => {
    expect(hostRefused({ hosts: [] }, 'box.lan', 'Box.lan.:7777')).toBeUndefined()
    expect(hostRefused({ hosts: [] }, '192.168.1.5', '192.168.1.5:7777')).toBeUndefined()
    expect(hostRefused({ hosts: [] }, 'fd00::5', '[fd00:0::5]:7777')).toBeUndefined()
  })

  test('is not allowed when it is the address that stands for all', () => {
    expect(hostRefused({ hosts: [] }, '0.0.0.0', '0.0.0.0:7777')).toContain('option `hosts`')
    expect(hostRefused({ hosts: [] }, '::', '[::]:7777')).toContain('option `hosts`')
  })

  test('is allowed when the option names it, on any port or on the one named', () => {
    const options = { hosts: ['Example.com', 'other.example:8443', '[fd00::5]'] }
    for (const host of ['example.com', 'EXAMPLE.com.:1', 'other.example:8443', '[fd00::5]:1']) {
      expect(hostRefused(options, '127.0.0.1', host)).toBeUndefined()
    }
    for (const host of [
      'www.example.com',
      'example.com.evil.example',
      'other.example',
      'other.example:443',
    ]) {
      expect(hostRefused(options, '127.0.0.1', host)).toContain('option `hosts`')
    }
  })

  test('is refused when it is missing, empty or given twice', () => {
    const access = accessRules({}, '127.0.0.1')
    expect(access.checkHost(request({}))).toContain('The Host header "" is not allowed')
    expect(access.checkHost(request({ host: '' }))).toContain('The Host header "" is not allowed')
    const twice = { headersDistinct: { host: ['localhost', 'evil.example'] } } as unknown as IncomingMessage
    expect(access.checkHost(twice)).toContain('is not allowed')
  })

  test('of a stranger is shown shortened and escaped', () => {
    const said = hostRefused({}, '127.0.0.1', `evil\u0001"${'x'.repeat(5_000)}`)
    expect(said).toContain('The Host header "evil\\u0001\\"xxx')
    expect(said?.length).toBeLessThan(250)
  })
})

describe('R-SEC-1: Origin', () => {
  test('is allowed when it is absent', () => {
    for (const boundTo of ['127.0.0.1', '0.0.0.0', undefined]) {
      expect(accessRules({ hosts: [] }, boundTo).checkOrigin(request({}))).toBeUndefined()
    }
  })

  test('is allowed from loopback while listening on loopback, and only then', () => {
    for (const origin of [
      'http://localhost:3000',
      'http://127.0.0.1',
      'https://[::1]:8443',
      'HTTP://LOCALHOST.',
    ]) {
      for (const boundTo of ['127.0.0.1', 'localhost', '::1', '127.1.2.3']) {
        expect(originRefused({}, boundTo, origin)).toBeUndefined()
      }
      for (const boundTo of ['0.0.0.0', '::', 'box.lan', undefined]) {
        expect(originRefused({ hosts: [] }, boundTo, origin)).toContain('option `origins`')
      }
    }
  })

  test('is refused from anywhere else, in whatever form it comes', () => {
    for (const origin of [
      'https://evil.example',
      'null',
      '',
      'localhost',
      'http://localhost.evil.example',
      'x://localhost',
    ]) {
      expect(originRefused({}, '127.0.0.1', origin)).toContain('option `origins`')
    }
  })

  test('is allowed when the option names it, by scheme, host and port', () => {
    const options = { hosts: [], origins: ['https://App.example.com', 'chrome-extension://abc', 'null'] }
    for (const origin of [
      'https://app.example.com',
      'https://app.example.com:443',
      'chrome-extension://abc',
      'null',
    ]) {
      expect(originRefused(options, undefined, origin)).toBeUndefined()
    }
    for (const origin of ['http://app.example.com', 'https://app.example.com:444', 'https://example.com']) {
      expect(originRefused(options, undefined, origin)).toContain('option `origins`')
    }
  })

  test('is looked for under its older name too', () => {
    const old = request({ 'sec-websocket-origin': 'https://evil.example' })
    expect(accessRules({}, '127.0.0.1').checkOrigin(old)).toContain('option `origins`')
  })
})

describe('R-SEC-1: options', () => {
  test('must name hosts for anything but loopback', () => {
    for (const boundTo of ['0.0.0.0', '::', '192.168.1.5', 'box.lan']) {
      expect(() => accessRules({}, boundTo)).toThrow(
        `listening on ${boundTo}, which is not loopback, needs the option \`hosts\``,
      )
    }
    expect(() => accessRules({})).toThrow('attaching to a server needs the option `hosts`')
    for (const boundTo of ['127.0.0.1', 'localhost', '::1'])
      expect(() => accessRules({}, boundTo)).not.toThrow()
  })

  test('must be hosts and origins', () => {
    expect(() => accessRules({ hosts: ['https://example.com'] }, '127.0.0.1')).toThrow(
      'the option `hosts` takes names',
    )
    expect(() => accessRules({ hosts: ['*'] }, '127.0.0.1')).toThrow('not "*"')
    expect(() => accessRules({ origins: ['example.com'] }, '127.0.0.1')).toThrow(
      'the option `origins` takes origins',
    )
    expect(() => accessRules({ origins: ['*'] }, '127.0.0.1')).toThrow('not "*"')
  })
})
