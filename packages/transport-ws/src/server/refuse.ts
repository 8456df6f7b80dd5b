import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** Answers an upgrade with an HTTP error and a line of text, and ends the connection. */
export function refuseUpgrade(socket: Duplex, status: number, text: string): void {
  // A peer that goes away before it has read the answer concerns nobody.
  socket.on('error', () => {})
  socket.once('finish', () => socket.destroy())
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Connection: close',
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(text)}`,
      '',
      text,
    ].join('\r\n'),
  )
}

/** Answers an ordinary request with an HTTP error and a line of text. */
export function refuseRequest(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
): void {
  request.resume()
  const upgrade = status === 426 ? { Connection: 'Upgrade', Upgrade: 'websocket' } : {}
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...upgrade }).end(`${text}\n`)
}
