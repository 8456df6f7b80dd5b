import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** What a server answered to a handshake. */
export interface RawAnswer {
  readonly status: number
  /** Header lines, as sent. */
  readonly headers: string
  /** Everything after the headers, once the server has ended the connection; empty after a 101. */
  readonly body: string
  readonly socket: Socket
}

const VALID = {
  Host: '127.0.0.1',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

/**
 * Asks for an upgrade over a bare socket.
 *
 * @param headers Replaces headers of a valid request; `undefined` leaves one out, an array repeats it.
 */
export async function handshake(
  port: number,
  headers: Readonly<Record<string, string | readonly string[] | undefined>> = {},
  requestLine = 'GET /arcp HTTP/1.1',
): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  const lines = Object.entries({ ...VALID, ...headers }).flatMap(([name, value]) =>
    (value === undefined ? [] : [value].flat()).map((one) => `${name}: ${one}`),
  )
  socket.write([requestLine, ...lines, '', ''].join('\r\n'))
  let text = ''
  while (!text.includes('\r\n\r\n')) text += (await once(socket, 'data'))[0]
  const status = Number(text.split(' ')[1])
  if (status !== 101) for await (const chunk of socket) text += chunk
  const [head = '', ...body] = text.split('\r\n\r\n')
  return { status, headers: head, body: body.join('\r\n\r\n'), socket }
}

/** A WebSocket frame as a client sends it, masked with zeros. */
export function clientFrame(opcode: number, payload: Buffer, options: { fin?: boolean } = {}): Buffer {
  const first = (options.fin === false ? 0 : 0x80) | opcode
  const mask = Buffer.alloc(4)
  if (payload.length < 126) return Buffer.concat([Buffer.from([first, 0x80 | payload.length]), mask, payload])
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(BigInt(payload.length))
  return Buffer.concat([Buffer.from([first, 0x80 | 127]), length, mask, payload])
}

/** Frame types. */
export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9 } as const

/** The code of the close frame that the server sends next, after whatever else it sends. */
export async function closeCodeFrom(socket: Socket): Promise<number> {
  let bytes = Buffer.alloc(0)
  for (;;) {
    for (let at = 0; at + 2 <= bytes.length; ) {
      const [first = 0, length = 0] = bytes.subarray(at)
      if (at + 2 + length > bytes.length || length > 125) break
      if (first === (0x80 | Opcode.close)) return length < 2 ? 1005 : bytes.readUInt16BE(at + 2)
      at += 2 + length
    }
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    bytes = Buffer.concat([bytes, chunk])
  }
}
