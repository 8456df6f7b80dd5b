import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { record, TestClock, testAcceptor } from '@arcp/testkit'
import { describe, expect, test } from 'vitest'
import { webSocket } from '../index'
import { handshake } from '../testing/raw-client'
import { listen } from './listen'

const never = new AbortController().signal

test('listens on a free loopback port at /arcp unless told otherwise', async () => {
  await using server = await listen(testAcceptor())
  expect(server.port).toBeGreaterThan(0)
  expect(server.url).toBe(`ws://127.0.0.1:${server.port}/arcp`)
})

test('hands over who connects: name of the adapter, address and headers', async () => {
  const acceptor = testAcceptor()
  await using server = await listen(acceptor, { path: '/v1/arcp' })
  expect(server.url).toBe(`ws://127.0.0.1:${server.port}/v1/arcp`)
  record(await webSocket(`${server.url}?who=me`, { headers: { 'X-Forwarded-For': '10.0.0.9' } }).open(never))
  const { peer } = await acceptor.next()
  expect(peer.transport).toBe('websocket')
  expect(peer.remoteAddress).toBe('127.0.0.1')
  expect(peer.headers).toMatchObject({ 'x-forwarded-for': '10.0.0.9', host: `127.0.0.1:${server.port}` })
})

describe('R-SEC-1: an upgrade', () => {
  test.each([
    ['of a foreign Host', { Host: 'evil.example' }, 'option `hosts`'],
    ['without Host', { Host: undefined }, 'option `hosts`'],
    ['with two Hosts', { Host: ['127.0.0.1', 'evil.example'] }, 'option `hosts`'],
    ['of a foreign Origin', { Origin: 'https://evil.example' }, 'option `origins`'],
    ['of no particular Origin', { Origin: 'null' }, 'option `origins`'],
    ['with two Origins', { Origin: ['http://localhost', 'https://evil.example'] }, 'option `origins`'],
    [
      'of a foreign Origin in the older form',
      { 'Sec-WebSocket-Version': '8', 'Sec-WebSocket-Origin': 'https://evil.example' },
      'option `origins`',
    ],
  ])('%s is refused with 403 and the option to set', async (_, headers, said) => {
    const acceptor = testAcceptor()
    await using server = await listen(acceptor)
    const answer = await handshake(server.port, headers)
    expect(answer.status).toBe(403)
    expect(answer.headers).toContain('Content-Type: text/plain')
    expect(answer.body).toContain(said)
    expect(acceptor.accepted).toEqual([])
  })

  test('without Host is refused in HTTP/1.0 too', async () => {
    await using server = await listen(testAcceptor())
    const answer = await handshake(server.port, { Host: undefined }, 'GET /arcp HTTP/1.0')
    expect(answer.status).toBe(403)
  })

  test.each([
    { Host: 'localhost:1234', Origin: 'http://localhost:5173' },
    { Host: '[::1]:7777', Origin: 'https://[::1]' },
    { Host: 'LOCALHOST.' },
    { Host: 'runtime.example', Origin: 'https://app.example' },
  ])('of %j is accepted', async (headers) => {
    const options = { hosts: ['runtime.example'], origins: ['https://app.example'] }
    await using server = await listen(testAcceptor(), options)
    const answer = await handshake(server.port, headers)
    expect(answer.status).toBe(101)
    answer.socket.destroy()
  })

  test('needs hosts when it may come from outside: listening there refuses to start without', async () => {
    await expect(listen(testAcceptor(), { host: '0.0.0.0' })).rejects.toThrow('needs the option `hosts`')
    await using server = await listen(testAcceptor(), { host: '0.0.0.0', hosts: ['runtime.example'] })
    expect(server.url).toBe(`ws://127.0.0.1:${server.port}/arcp`)
    record(await webSocket(server.url).open(never))
    expect((await handshake(server.port, { Host: 'evil.example' })).status).toBe(403)
    expect((await handshake(server.port, { Origin: 'http://localhost' })).status).toBe(403)
  })
})

test('refuses an upgrade to another path with 404 and the right one', async () => {
  await using server = await listen(testAcceptor())
  for (const path of ['/', '/arcp/', '/ARCP', '//arcp', '/arcp%20', `/${'x'.repeat(5_000)}`]) {
    const answer = await handshake(server.port, {}, `GET ${path} HTTP/1.1`)
    expect(answer.status).toBe(404)
    expect(answer.body).toContain('connect to /arcp.')
    expect(answer.body.length).toBeLessThan(200)
  }
})

test('refuses what is no WebSocket handshake', async () => {
  await using server = await listen(testAcceptor())
  for (const headers of [
    { Upgrade: 'h2c' },
    { 'Sec-WebSocket-Key': 'short' },
    { 'Sec-WebSocket-Version': '7' },
  ]) {
    expect((await handshake(server.port, headers)).status).toBe(400)
  }
  expect((await handshake(server.port, {}, 'POST /arcp HTTP/1.1')).status).toBe(405)
})

test('R-SEC-5: agrees to no compression and no subprotocol, even if asked', async () => {
  await using server = await listen(testAcceptor())
  const answer = await handshake(server.port, {
    'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
    'Sec-WebSocket-Protocol': 'arcp',
  })
  expect(answer.status).toBe(101)
  expect(answer.headers.toLowerCase()).not.toMatch(/extensions|protocol:/)
  answer.socket.destroy()
})

describe('an ordinary HTTP request', () => {
  const fetchFrom = (port: number) => fetch(`http://127.0.0.1:${port}/`)

  test('is answered with 426 and where to connect', async () => {
    await using server = await listen(testAcceptor())
    const response = await fetchFrom(server.port)
    expect(response.status).toBe(426)
    expect(response.headers.get('upgrade')).toBe('websocket')
    expect(await response.text()).toContain('open a WebSocket to /arcp')
  })

  test('is left to the application, if it wants', async () => {
    await using server = await listen(testAcceptor(), {
      onRequest: (request, response) => response.end(`page at ${request.url}`),
    })
    expect(await (await fetchFrom(server.port)).text()).toBe('page at /')
  })

  test('R-SEC-1: never reaches the application with a foreign Host', async () => {
    const asked: string[] = []
    await using server = await listen(testAcceptor(), {
      onRequest: (request, response) => {
        asked.push(request.url ?? '')
        response.end()
      },
    })
    const answer = await handshake(server.port, {
      Host: 'evil.example',
      Upgrade: undefined,
      Connection: 'close',
    })
    expect(answer.status).toBe(403)
    expect(answer.body).toContain('option `hosts`')
    expect(asked).toEqual([])
  })
})

describe('limits', () => {
  test('refuses one WebSocket too many with 503, and takes one again when one has gone', async () => {
    const acceptor = testAcceptor()
    await using server = await listen(acceptor, { maxConnections: 2 })
    const first = await webSocket(server.url).open(never)
    record(first)
    record(await webSocket(server.url).open(never))
    await expect(webSocket(server.url).open(never)).rejects.toThrow(
      'refused with 503: All 2 connections (option `maxConnections`) are taken.',
    )
    const accepted = record((await acceptor.next()).transport)
    first.close()
    await accepted.closed
    record(await webSocket(server.url).open(never))
  })

  test('drops connections beyond those and 100 more', async () => {
    await using server = await listen(testAcceptor(), { maxConnections: 2 })
    const sockets = Array.from({ length: 103 }, () => connect(server.port, '127.0.0.1').on('error', () => {}))
    await Promise.race(sockets.map((socket) => once(socket.resume(), 'close')))
    expect(sockets.filter((socket) => socket.closed)).toHaveLength(1)
    for (const socket of sockets) socket.destroy()
  })

  test('cuts off who sends no request, or only half of one, in time', async () => {
    await using server = await listen(testAcceptor(), { handshakeTimeoutMs: 20 })
    for (const sent of ['', 'GET /arcp HTTP/1.1\r\nHost: localhost\r\n']) {
      const socket = connect(server.port, '127.0.0.1')
        .on('error', () => {})
        .resume()
      socket.write(sent)
      await once(socket, 'close')
    }
  })
})

describe('starting', () => {
  test('says so when the port is taken', async () => {
    await using server = await listen(testAcceptor())
    const failed = listen(testAcceptor(), { port: server.port })
    await expect(failed).rejects.toThrow(
      `cannot listen on 127.0.0.1 port ${server.port}: another process uses it (EADDRINUSE); choose another port`,
    )
    await expect(failed).rejects.toMatchObject({ cause: { code: 'EADDRINUSE' } })
  })

  test('says so when the host is not of this machine', async () => {
    await expect(listen(testAcceptor(), { host: '192.0.2.1', hosts: [] })).rejects.toThrow(
      'that is no address of this machine (EADDRNOTAVAIL)',
    )
  })

  test.each(['arcp', '/arcp?x', '/a b', ''])('refuses %j as a path', async (path) => {
    await expect(listen(testAcceptor(), { path })).rejects.toThrow('the option `path` starts with "/"')
  })
})

describe('close', () => {
  test('closes every connection with 1001 and frees the port', async () => {
    const acceptor = testAcceptor()
    const server = await listen(acceptor)
    const dialled = record(await webSocket(server.url).open(never))
    const accepted = record((await acceptor.next()).transport)
    const idle = connect(server.port, '127.0.0.1').on('error', () => {})
    await once(idle, 'connect')
    await server.close()
    expect(await accepted.closed).toEqual({ code: 1001, reason: 'server closing' })
    expect(await dialled.closed).toEqual({ code: 1001, reason: 'server closing' })
    await server.close()
    const next = createServer().listen(server.port, '127.0.0.1')
    await once(next, 'listening')
    next.close()
  })

  test('waits for a peer that does not confirm no longer than the close may take', async () => {
    const clock = new TestClock()
    const server = await listen(testAcceptor(), { clock })
    const { socket } = await handshake(server.port)
    const closing = server.close()
    expect(clock.timers).toBe(1)
    clock.advance(2_000)
    await closing
    socket.destroy()
  })
})
