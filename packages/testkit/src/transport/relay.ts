import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** What to start. */
export interface RelayProgram {
  readonly command: string
  readonly args: readonly string[]
}

/** Programs that each join their standard input and output to a connection to this process. Disposing ends them. */
export interface Relay extends RelayProgram, AsyncDisposable {}

/** Half-open, for each direction ends on its own; and gone with its connection, as a program is that has ended. */
const PROGRAM = `
  const socket = require('node:net').connect({ port: Number(process.argv[1]), host: '127.0.0.1', allowHalfOpen: true })
  process.stdin.pipe(socket).pipe(process.stdout)
  process.stdout.on('error', () => process.exit())
  socket.on('error', () => process.exit())
  socket.on('end', () => process.stdout.end(() => process.exit()))
`

/** A program that joins its standard input and output to a connection to a port of this machine. */
export function relayTo(port: number): RelayProgram {
  return { command: process.execPath, args: ['-e', PROGRAM, String(port)] }
}

/**
 * Puts a child process between this process and itself, so that both ends of its pipes can be held by one test.
 *
 * @param onSocket Called with the far end of each program's standard input and output.
 */
export async function startRelay(onSocket: (socket: Socket) => void): Promise<Relay> {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    onSocket(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? Number(address?.port) : 0
  return {
    ...relayTo(port),
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
