import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Transport } from '@arcp/protocol/transport'
import { record, TestClock, testAcceptor } from '@arcp/testkit'
import { expect, test } from 'vitest'
import { attach, listen } from './server/index'
import { clientFrame, closeCodeFrom, handshake, Opcode } from './testing/raw-client'

interface Connected extends AsyncDisposable {
  readonly clock: TestClock
  readonly transport: Transport
  /** The other end: a bare socket that does nothing by itself, not even confirm a close. */
  readonly socket: Socket
}

/** A transport a server has accepted from a bare socket. */
async function connected(maxFrameBytes = 1_000, closeTimeoutMs?: number): Promise<Connected> {
  const clock = new TestClock()
  const acceptor = testAcceptor(maxFrameBytes)
  const server = await listen(acceptor, { clock, ...(closeTimeoutMs && { closeTimeoutMs }) })
  const { socket } = await handshake(server.port)
  const { transport } = await acceptor.next()
  return {
    clock,
    transport,
    socket,
    async [Symbol.asyncDispose]() {
      socket.destroy()
      await server.close()
    },
  }
}

const text = (payload: string | Buffer) => clientFrame(Opcode.text, Buffer.from(payload))

test('closes on a binary frame with 1003, and drops what follows', async () => {
  await using pair = await connected()
  const received = record(pair.transport)
  pair.socket.write(
    Buffer.concat([text('one'), clientFrame(Opcode.binary, Buffer.from('two')), text('three')]),
  )
  expect(await closeCodeFrom(pair.socket)).toBe(1003)
  pair.socket.write(clientFrame(Opcode.close, Buffer.from([3, 235])))
  expect(await received.closed).toEqual({ code: 1003, reason: 'frames are text' })
  expect(received.frames).toEqual(['one'])
})

test.each([
  [
    '1009 on a frame announced as too large, before its bytes come',
    1009,
    text('x'.repeat(1_001)).subarray(0, 14),
  ],
  [
    '1009 on fragments that are too large together',
    1009,
    Buffer.concat([
      clientFrame(Opcode.text, Buffer.alloc(600, 'x'), { fin: false }),
      clientFrame(Opcode.continuation, Buffer.alloc(600, 'x')),
    ]),
  ],
  ['1007 on text that is not UTF-8', 1007, text(Buffer.from([0x22, 0xff, 0x22]))],
  ['1007 on an encoded surrogate', 1007, text(Buffer.from([0xed, 0xa0, 0x80]))],
  ['1002 on an unknown frame type', 1002, clientFrame(3, Buffer.from('x'))],
  ['1002 on a frame that is not masked', 1002, Buffer.from([0x81, 1, 0x78])],
  [
    '1008 on a message in too many fragments',
    1008,
    Buffer.concat([
      clientFrame(Opcode.text, Buffer.alloc(0), { fin: false }),
      ...Array.from({ length: 16 * 1024 }, () =>
        clientFrame(Opcode.continuation, Buffer.alloc(0), { fin: false }),
      ),
    ]),
  ],
])('closes with %s', async (_, code, bytes) => {
  await using pair = await connected()
  const received = record(pair.transport)
  pair.socket.write(Buffer.concat([text('before'), bytes]))
  expect(await closeCodeFrom(pair.socket)).toBe(code)
  pair.socket.destroy()
  expect((await received.closed).code).toBe(code)
  expect(received.frames).toEqual(['before'])
})

test('joins the fragments of a message', async () => {
  await using pair = await connected()
  const received = record(pair.transport)
  const [first, second] = [Buffer.from('€').subarray(0, 1), Buffer.from('€').subarray(1)]
  pair.socket.write(clientFrame(Opcode.text, first, { fin: false }))
  pair.socket.write(clientFrame(Opcode.ping, Buffer.alloc(0)))
  pair.socket.write(clientFrame(Opcode.continuation, second))
  await received.until(() => received.frames.length > 0)
  expect(received.frames).toEqual(['€'])
})

test('never delivers the part of a frame after which the connection broke', async () => {
  await using pair = await connected()
  const received = record(pair.transport)
  pair.socket.end(Buffer.concat([text('whole'), text('cut in two').subarray(0, 9)]))
  expect((await received.closed).code).toBe(1006)
  expect(received.frames).toEqual(['whole'])
})

test('tells 1006 when the connection is reset', async () => {
  await using pair = await connected()
  const received = record(pair.transport)
  pair.socket.resetAndDestroy()
  expect((await received.closed).code).toBe(1006)
  pair.transport.close()
  expect(pair.clock.timers).toBe(0)
})

test('tells 1005 when the peer closes without a code', async () => {
  await using pair = await connected()
  const received = record(pair.transport)
  pair.socket.write(clientFrame(Opcode.close, Buffer.alloc(0)))
  expect(await received.closed).toEqual({ code: 1005, reason: '' })
})

test('cuts off a peer that never confirms a close, after 2 seconds', async () => {
  await using pair = await connected()
  const received = record(pair.transport)
  pair.transport.close(4000, 'enough')
  expect(await closeCodeFrom(pair.socket)).toBe(4000)
  pair.clock.advance(1_999)
  expect(pair.socket.closed).toBe(false)
  pair.clock.advance(1)
  expect(await received.closed).toEqual({ code: 4000, reason: 'enough' })
  expect(pair.clock.timers).toBe(0)
})

test('cuts off a peer that neither reads nor confirms, although frames are left to send', async () => {
  await using pair = await connected()
  const received = record(pair.transport)
  pair.socket.pause()
  pair.transport.send(Array.from({ length: 500 }, () => 'x'.repeat(100_000)))
  pair.transport.close()
  pair.clock.advance(2_000)
  expect((await received.closed).code).toBe(1000)
})

test('cuts off a peer that ends its side and leaves frames unread', async () => {
  await using pair = await connected()
  const received = record(pair.transport)
  pair.socket.pause()
  pair.transport.send(Array.from({ length: 500 }, () => 'x'.repeat(100_000)))
  pair.socket.end()
  while (pair.clock.timers === 0) await new Promise((resolve) => setImmediate(resolve))
  pair.clock.advance(2_000)
  expect((await received.closed).code).toBe(1006)
})

test('leaves no timer behind after an orderly close', async () => {
  await using pair = await connected()
  const received = record(pair.transport)
  pair.transport.close()
  pair.socket.write(clientFrame(Opcode.close, Buffer.from([3, 232])))
  await received.closed
  pair.transport.close()
  expect(pair.clock.timers).toBe(0)
})

test('R-MEM-7: reads nothing before the start, so that the peer has to wait', async () => {
  await using pair = await connected(100_000)
  const frame = text('x'.repeat(65_536))
  let taken = 0
  while (pair.socket.write(frame) || (await drained(pair.socket))) taken++
  const received = record(pair.transport)
  await received.until(() => received.frames.length > taken)
  expect(received.closes).toEqual([])
})

/** Whether `socket` gets rid of what it holds while the other side has every chance to read. */
async function drained(socket: Socket): Promise<boolean> {
  for (let turn = 0; turn < 50 && socket.writableNeedDrain; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  return !socket.writableNeedDrain
}

test('counts what is buffered in bytes, not in characters', async () => {
  await using pair = await connected()
  record(pair.transport)
  pair.socket.pause()
  const frames = Array.from({ length: 200 }, () => '€'.repeat(100_000))
  pair.transport.send(frames)
  // The platform may take some of it at once; 20 MB is what characters alone would come to.
  expect(pair.transport.bufferedBytes).toBeGreaterThan(40_000_000)
})

test('writes at once what is sent in one turn of the event loop, whatever the number of frames', async () => {
  const httpServer = createServer().listen(0, '127.0.0.1')
  await once(httpServer, 'listening')
  const acceptor = testAcceptor()
  const attached = attach(acceptor, httpServer, { hosts: [] })
  let flushes = 0
  httpServer.prependListener('upgrade', (_, socket: Duplex) => {
    const uncork = socket.uncork.bind(socket)
    socket.uncork = () => {
      uncork()
      if (socket.writableCorked === 0) flushes++
    }
  })
  const { socket } = await handshake((httpServer.address() as AddressInfo).port)
  const { transport } = await acceptor.next()
  record(transport)
  transport.send(['one', 'two'])
  transport.send(['three'])
  expect(flushes).toBe(0)
  let bytes = ''
  while (bytes.length < 17) bytes += ((await once(socket, 'data')) as [Buffer])[0].toString('latin1')
  expect(bytes).toBe('\x81\x03one\x81\x03two\x81\x05three')
  expect(flushes).toBe(1)
  socket.destroy()
  await attached.close()
  httpServer.close()
})

test('closes in an orderly way although nobody has started it', async () => {
  await using pair = await connected(1_000, 60_000)
  const ended = once(pair.socket, 'close')
  pair.transport.close(4000)
  expect(await closeCodeFrom(pair.socket)).toBe(4000)
  pair.socket
    .resume()
    .write(Buffer.concat([text('unwanted'), clientFrame(Opcode.close, Buffer.from([15, 160]))]))
  await ended
  const received = record(pair.transport)
  expect(await received.closed).toEqual({ code: 4000, reason: '' })
  expect(received.frames).toEqual([])
})
