import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { record, testAcceptor } from '@arcp/testkit'
import { expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { webSocket } from '../index'
import { handshake } from '../testing/raw-client'
import { type AttachOptions, attach } from './attach'
import { listen } from './listen'

const never = new AbortController().signal

/** An application's HTTP server on a free loopback port. */
async function application() {
  const server = createServer((_, response) => response.end('the application'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    server,
    port,
    url: `ws://127.0.0.1:${port}/arcp`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

test('takes the connections to its path and leaves ordinary requests alone', async () => {
  await using app = await application()
  const acceptor = testAcceptor()
  await using _ = attach(acceptor, app.server, { hosts: [] })
  const dialled = await webSocket(app.url).open(never)
  record(dialled)
  const accepted = record((await acceptor.next()).transport)
  dialled.send(['hello'])
  await accepted.until(() => accepted.frames.length > 0)
  expect(accepted.frames).toEqual(['hello'])
  expect(await (await fetch(`http://127.0.0.1:${app.port}/arcp`)).text()).toBe('the application')
})

test('R-SEC-1: refuses to start without hosts', async () => {
  await using app = await application()
  const options = {} as AttachOptions
  expect(() => attach(testAcceptor(), app.server, options)).toThrow(
    'attaching to a server needs the option `hosts`',
  )
  expect(app.server.listenerCount('upgrade')).toBe(0)
})

test('refuses options there are none of, by their names', async () => {
  await using app = await application()
  const options = { hosts: [], origin: [] } as AttachOptions
  const refused = new TypeError('there is no option origin')
  expect(() => attach(testAcceptor(), app.server, options)).toThrow(refused)
  expect(app.server.listenerCount('upgrade')).toBe(0)
  await expect(listen(testAcceptor(), options)).rejects.toThrow(refused)
  expect(() => webSocket(app.url, { header: {} } as object)).toThrow(
    new TypeError('there is no option header'),
  )
})

test('R-SEC-1: refuses foreign Hosts, and every Origin that is not named', async () => {
  await using app = await application()
  const options = { hosts: ['runtime.example'], origins: ['https://app.example'] }
  await using _ = attach(testAcceptor(), app.server, options)
  for (const [headers, status] of [
    [{ Host: 'evil.example' }, 403],
    [{ Host: undefined }, 403],
    [{ Origin: 'http://localhost:5173' }, 403],
    [{ Origin: 'https://evil.example' }, 403],
    [{ Host: 'runtime.example', Origin: 'https://app.example' }, 101],
  ] as const) {
    const answer = await handshake(app.port, headers)
    expect([headers, answer.status]).toEqual([headers, status])
    answer.socket.destroy()
  }
})

test('answers upgrades to other paths with 404 while nobody else does', async () => {
  await using app = await application()
  await using _ = attach(testAcceptor(), app.server, { hosts: [], path: '/a' })
  expect((await handshake(app.port, {}, 'GET /b HTTP/1.1')).status).toBe(404)
})

test('leaves upgrades to other paths to others: to a second runtime, or to any listener', async () => {
  await using app = await application()
  const [first, second] = [testAcceptor(), testAcceptor()]
  await using _first = attach(first, app.server, { hosts: [], path: '/first' })
  await using _second = attach(second, app.server, { hosts: [], path: '/second' })
  const other = new WebSocketServer({ noServer: true })
  app.server.on('upgrade', (request, socket, head) => {
    if (request.url === '/other') other.handleUpgrade(request, socket, head, (ws) => ws.close(4321))
  })
  record(await webSocket(app.url.replace('/arcp', '/second')).open(never))
  expect([first.accepted.length, second.accepted.length]).toEqual([0, 1])
  const third = record(await webSocket(app.url.replace('/arcp', '/other')).open(never))
  expect((await third.closed).code).toBe(4321)
})

test('detaches: closes its connections with 1001, takes no more, and leaves the server running', async () => {
  await using app = await application()
  const acceptor = testAcceptor()
  const attached = attach(acceptor, app.server, { hosts: [] })
  const dialled = record(await webSocket(app.url).open(never))
  await Promise.all([attached.close(), attached.close()])
  expect(await dialled.closed).toEqual({ code: 1001, reason: 'server closing' })
  await expect(webSocket(app.url).open(never)).rejects.toThrow('a web server answered 200')
  expect(await (await fetch(`http://127.0.0.1:${app.port}/`)).text()).toBe('the application')
})

test('closes a connection that sends more than the acceptor takes, and no other', async () => {
  await using app = await application()
  const acceptor = testAcceptor(100)
  await using _ = attach(acceptor, app.server, { hosts: [] })
  const good = await webSocket(app.url).open(never)
  const bad = await webSocket(app.url).open(never)
  const received = record((await acceptor.next()).transport)
  record((await acceptor.next()).transport)
  record(good)
  const closed = record(bad)
  bad.send(['x'.repeat(101)])
  expect((await closed.closed).code).toBe(1009)
  good.send(['fine'])
  await received.until(() => received.frames.length > 0)
  expect(received.closes).toEqual([])
})
