import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { ConnectionError } from '@arcp/protocol'
import { record, TestClock, testAcceptor } from '@arcp/testkit'
import { WebSocket as PlatformWebSocket } from 'undici'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { webSocket } from '../browser'
import { listen } from '../server/index'

const never = new AbortController().signal

beforeEach(() => void vi.stubGlobal('WebSocket', PlatformWebSocket))
afterEach(() => void vi.unstubAllGlobals())

/** A TCP server that reads and never answers. */
async function silence() {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {}).resume()
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

/** A WebSocket server that speaks frames no runtime would. */
async function misbehaving() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    server,
    url: `ws://127.0.0.1:${port}/arcp`,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate()
      server.close()
      await once(server, 'close')
    },
  }
}

test('rejects with what a page can know when the runtime cannot be reached or refuses', async () => {
  const closed = await silence()
  await closed[Symbol.asyncDispose]()
  await using server = await listen(testAcceptor())
  for (const url of [closed.url, server.url.replace('/arcp', '/other')]) {
    const opening = webSocket(url).open(never)
    await expect(opening).rejects.toThrow(ConnectionError)
    await expect(opening).rejects.toThrow(
      `cannot connect to ${url}: the browser does not say why; is the runtime`,
    )
  }
})

test('gives up on a server that never answers, and leaves no timer', async () => {
  const clock = new TestClock()
  await using server = await silence()
  const opening = webSocket(server.url, { clock }).open(never)
  clock.advance(10_000)
  await expect(opening).rejects.toThrow('no answer within 10000 ms')
  expect(clock.timers).toBe(0)
})

test('rejects with the reason of a signal that aborts before or meanwhile', async () => {
  const clock = new TestClock()
  await using server = await silence()
  const reason = new Error('changed my mind')
  await expect(webSocket(server.url, { clock }).open(AbortSignal.abort(reason))).rejects.toBe(reason)
  const controller = new AbortController()
  const opening = webSocket(server.url, { clock }).open(controller.signal)
  controller.abort(reason)
  await expect(opening).rejects.toBe(reason)
  expect(clock.timers).toBe(0)
})

test('says why when the browser refuses the address itself', async () => {
  const refusal = new DOMException('mixed content', 'SecurityError')
  vi.stubGlobal(
    'WebSocket',
    class {
      constructor() {
        throw refusal
      }
    },
  )
  const opening = webSocket('ws://127.0.0.1:7777/arcp').open(never)
  await expect(opening).rejects.toThrow('a page from https needs wss://')
  await expect(opening).rejects.toMatchObject({ cause: refusal })
})

test('refuses headers, which no page can set', () => {
  expect(() => webSocket('ws://127.0.0.1/arcp', { headers: { a: 'b' } })).toThrow(
    'browsers do not let a page',
  )
})

test('closes on a binary frame and tells the server 4003', async () => {
  await using remote = await misbehaving()
  const connected = once(remote.server, 'connection')
  const transport = await webSocket(remote.url).open(never)
  const received = record(transport)
  const [socket] = await connected
  socket.send(Buffer.from('{}'))
  expect(await received.closed).toEqual({ code: 1003, reason: 'frames are text' })
  expect((await once(socket, 'close'))[0]).toBe(4003)
  expect(received.frames).toEqual([])
})

test('holds no more before the start than one frame may have', async () => {
  await using remote = await misbehaving()
  const connected = once(remote.server, 'connection')
  const transport = await webSocket(remote.url, { maxFrameBytes: 10 }).open(never)
  const [socket] = await connected
  for (const frame of ['12345', '67890', 'x']) socket.send(frame)
  expect((await once(socket, 'close'))[0]).toBe(4009)
  expect((await record(transport).closed).code).toBe(1009)
})

test('reports its close after 2 seconds when the server never confirms it', async () => {
  const clock = new TestClock()
  await using remote = await misbehaving()
  const connected = once(remote.server, 'connection')
  const transport = await webSocket(remote.url, { clock }).open(never)
  const received = record(transport)
  const [socket] = await connected
  socket.pause()
  transport.close(4000, 'enough')
  clock.advance(1_999)
  expect(received.closes).toEqual([])
  clock.advance(1)
  expect(received.closes).toEqual([{ code: 4000, reason: 'enough' }])
  expect(clock.timers).toBe(0)
})

test('looks for a drained buffer only while it holds something', async () => {
  const clock = new TestClock()
  const acceptor = testAcceptor()
  await using server = await listen(acceptor)
  const transport = await webSocket(server.url, { clock }).open(never)
  const sender = record(transport)
  const received = record((await acceptor.next()).transport)
  expect(clock.timers).toBe(0)
  transport.send(['one'])
  transport.send(['two'])
  expect(clock.timers).toBe(1)
  await received.until(() => received.frames.length === 2)
  clock.advance(10)
  expect(sender.drains).toBe(1)
  expect(clock.timers).toBe(0)
})

test('leaves an open transport alone when its signal aborts afterwards', async () => {
  const acceptor = testAcceptor()
  await using server = await listen(acceptor)
  const controller = new AbortController()
  const transport = await webSocket(server.url).open(controller.signal)
  const received = record((await acceptor.next()).transport)
  const sender = record(transport)
  controller.abort()
  transport.send(['still here'])
  await received.until(() => received.frames.length > 0)
  transport.close(4000)
  expect((await sender.closed).code).toBe(4000)
})

test('leaves no timer behind after a close, whoever closed and whatever was buffered', async () => {
  const acceptor = testAcceptor()
  await using server = await listen(acceptor)
  for (const closer of ['page', 'runtime']) {
    const clock = new TestClock()
    const transport = await webSocket(server.url, { clock }).open(never)
    const { transport: accepted } = await acceptor.next()
    const ends = [record(transport), record(accepted)]
    transport.send(['buffered'])
    if (closer === 'page') transport.close()
    else accepted.close()
    await Promise.all(ends.map((end) => end.closed))
    transport.close()
    expect([closer, clock.timers]).toEqual([closer, 0])
  }
})
