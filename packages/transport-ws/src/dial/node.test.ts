import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { ConnectionError } from '@arcp/protocol'
import { record, TestClock, testAcceptor } from '@arcp/testkit'
import { describe, expect, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { webSocket } from '../index'
import { listen } from '../server/index'

const never = new AbortController().signal

/** A server on a free loopback port, with the sockets it has had. */
async function serving(server: Server) {
  const sockets: Socket[] = []
  server.on('connection', (socket: Socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    sockets,
    url: `ws://127.0.0.1:${port}/arcp`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

const answering = (listener: RequestListener) => serving(createServer(listener))
const speaking = (onSocket: (socket: Socket) => void) => serving(createTcpServer(onSocket))

async function failureOf(url: string): Promise<ConnectionError> {
  const error: unknown = await webSocket(url)
    .open(never)
    .catch((thrown: unknown) => thrown)
  if (!(error instanceof ConnectionError)) throw new Error(`no ConnectionError: ${error}`)
  expect(error.url).toBe(url)
  expect(error.message).toMatch(`cannot connect to ${url}: `)
  return error
}

describe('a failed dial names the address, the cause and the likely fix', () => {
  test('when nothing listens', async () => {
    const closed = await speaking(() => {})
    await closed[Symbol.asyncDispose]()
    const error = await failureOf(closed.url)
    expect(error.message).toContain('nothing listens there (ECONNREFUSED); is the runtime running')
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('when the name has several addresses and none listens', async () => {
    const closed = await speaking(() => {})
    await closed[Symbol.asyncDispose]()
    const error = await failureOf(closed.url.replace('127.0.0.1', 'localhost'))
    expect(error.message).toContain('nothing listens there (ECONNREFUSED)')
  })

  test('when the path is wrong', async () => {
    await using server = await listen(testAcceptor())
    const error = await failureOf(server.url.replace('/arcp', '/acrp'))
    expect(error.message).toContain('no runtime at that path (404; the usual path is /arcp)')
    expect(error.message).toContain('No runtime at "/acrp"; connect to /arcp.')
  })

  test('when the host is refused: in the words of the server', async () => {
    await using server = await listen(testAcceptor())
    const failed = webSocket(server.url, { headers: { Host: 'evil.example' } }).open(never)
    await expect(failed).rejects.toThrow(/refused with 403: .*name it in the option `hosts`/)
  })

  test('when a web server answers', async () => {
    await using server = await answering((_, response) => response.end('<h1>Hello</h1>'))
    const error = await failureOf(server.url)
    expect(error.message).toMatch(/a web server answered 200 instead of opening a WebSocket.* upgrades on\?$/)
  })

  test('when the answer redirects', async () => {
    await using server = await answering((_, response) => response.writeHead(302, { Location: '/x' }).end())
    expect((await failureOf(server.url)).message).toContain('redirected (302) to /x')
  })

  test('when the answer is endless or breaks off, with the beginning of it', async () => {
    await using server = await answering((request, response) => {
      response.writeHead(418, { 'Content-Type': 'text/plain' }).write('short and stout. '.repeat(10_000))
      if (request.url === '/broken') request.socket.destroy()
    })
    const { message } = await failureOf(server.url)
    expect(message).toContain('refused with 418: short and stout.')
    expect(message.length).toBeLessThan(1_200)
    await failureOf(server.url.replace('/arcp', '/broken'))
  })

  test('when the server cuts the connection', async () => {
    await using server = await speaking((socket) => socket.once('data', () => socket.destroy()))
    expect((await failureOf(server.url)).message).toContain('cut during the handshake (ECONNRESET)')
  })

  test('when the server does not speak HTTP', async () => {
    await using server = await speaking((socket) => socket.end('220 mail.example.com ESMTP\r\n'))
    expect((await failureOf(server.url)).message).toContain('does not speak HTTP (HPE_')
  })

  test('when the server does not speak TLS', async () => {
    await using server = await answering(() => {})
    const error = await failureOf(server.url.replace('ws://', 'wss://'))
    expect(error.message).toMatch(/TLS failed \(.*\); a server that does not speak TLS needs ws:\/\//)
  })

  test('when the server accepts with a wrong key', async () => {
    await using server = await speaking((socket) =>
      socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
    )
    expect((await failureOf(server.url)).message).toContain('Invalid Sec-WebSocket-Accept header')
  })
})

test('gives up on a server that never answers, and leaves no socket and no timer', async () => {
  const clock = new TestClock()
  await using server = await speaking((socket) => socket.resume())
  const opening = webSocket(server.url, { clock, handshakeTimeoutMs: 50 }).open(never)
  while (server.sockets.length === 0) await new Promise((resolve) => setImmediate(resolve))
  clock.advance(49)
  const [socket] = server.sockets
  const ended = socket && once(socket, 'close')
  expect(socket?.destroyed).toBe(false)
  clock.advance(1)
  await expect(opening).rejects.toThrow(ConnectionError)
  await expect(opening).rejects.toThrow('no answer within 50 ms')
  await ended
  expect(clock.timers).toBe(0)
})

test('waits 10 seconds for an answer by default', async () => {
  const clock = new TestClock()
  await using server = await speaking((socket) => socket.resume())
  const opening = webSocket(server.url, { clock }).open(never)
  clock.advance(10_000)
  await expect(opening).rejects.toThrow('no answer within 10000 ms')
})

test('rejects with the reason of a signal that has aborted, without dialling', async () => {
  await using server = await speaking(() => {})
  const reason = new Error('changed my mind')
  await expect(webSocket(server.url).open(AbortSignal.abort(reason))).rejects.toBe(reason)
  expect(server.sockets).toEqual([])
})

test('rejects with the reason of a signal that aborts meanwhile, and leaves no socket and no timer', async () => {
  const clock = new TestClock()
  await using server = await speaking((socket) => socket.resume())
  const controller = new AbortController()
  const opening = webSocket(server.url, { clock }).open(controller.signal)
  while (server.sockets.length === 0) await new Promise((resolve) => setImmediate(resolve))
  const [socket] = server.sockets
  const ended = socket && once(socket, 'close')
  const reason = new Error('changed my mind')
  controller.abort(reason)
  await expect(opening).rejects.toBe(reason)
  await ended
  expect(clock.timers).toBe(0)
})

test('leaves an open transport alone when its signal aborts afterwards', async () => {
  const acceptor = testAcceptor()
  await using server = await listen(acceptor)
  const controller = new AbortController()
  const transport = await webSocket(server.url).open(controller.signal)
  const accepted = record((await acceptor.next()).transport)
  record(transport)
  controller.abort()
  transport.send(['still here'])
  await accepted.until(() => accepted.frames.length > 0)
  expect(accepted.closes).toEqual([])
})

test('opens a fresh transport each time', async () => {
  const acceptor = testAcceptor()
  await using server = await listen(acceptor)
  const dialer = webSocket(server.url)
  const transports = [await dialer.open(never), await dialer.open(never)]
  for (const transport of transports) record(transport)
  expect(new Set(transports).size).toBe(2)
  expect(acceptor.accepted).toHaveLength(2)
})

test('sends the headers it is given', async () => {
  const acceptor = testAcceptor()
  await using server = await listen(acceptor)
  record(await webSocket(server.url, { headers: { 'X-Proxy-Token': 'abc' } }).open(never))
  expect((await acceptor.next()).peer.headers?.['x-proxy-token']).toBe('abc')
})

test('rejects headers that HTTP cannot carry', async () => {
  await expect(
    webSocket('ws://127.0.0.1:1/arcp', { headers: { 'X-Bad': 'a\nb' } }).open(never),
  ).rejects.toThrow(TypeError)
})

test('R-SEC-5: offers no compression', async () => {
  const acceptor = testAcceptor()
  await using server = await listen(acceptor)
  record(await webSocket(server.url).open(never))
  const { headers } = (await acceptor.next()).peer
  expect(headers).toMatchObject({ upgrade: 'websocket' })
  expect(headers).not.toHaveProperty('sec-websocket-extensions')
  expect(headers).not.toHaveProperty('sec-websocket-protocol')
})

test('sends what is under way before it closes on a bad frame', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const connected = once(server, 'connection') as Promise<[WebSocket]>
  const { port } = server.address() as AddressInfo
  const transport = await webSocket(`ws://127.0.0.1:${port}`, { maxFrameBytes: 10 }).open(never)
  const [remote] = await connected
  let received = 0
  remote.on('message', () => received++)
  remote.pause()
  const dialled = record(transport)
  transport.send(Array.from({ length: 200 }, () => 'x'.repeat(100_000)))
  remote.send('more than ten bytes')
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  remote.resume()
  expect((await once(remote, 'close'))[0]).toBe(1009)
  expect((await dialled.closed).code).toBe(1009)
  expect(received).toBe(200)
  server.close()
})
