import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A TCP proxy in front of a server on this machine, and what can happen to a cable. */
export interface Cable extends AsyncDisposable {
  /** Where it is reached: the address of the server, but for the port. */
  readonly url: string
  /** Ends every connection, and each that is tried from now on. */
  cut(): void
  /** Lets nothing through any more and tells nobody: whoever is connected looks connected for good. */
  silence(): void
  /** Lets new connections through. Those that are silent stay so. */
  mend(): void
}

/** Opens a cable to the server of `url`. */
export async function openCable(url: string): Promise<Cable> {
  const target = new URL(url)
  const open = new Set<Socket>()
  let state: 'whole' | 'cut' | 'silent' = 'whole'

  function hold(socket: Socket): void {
    open.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => open.delete(socket))
  }

  const proxy = createServer((near) => {
    hold(near)
    if (state === 'silent') return
    if (state === 'cut') return void near.destroy()
    const far = connect(Number(target.port), target.hostname)
    hold(far)
    near.pipe(far).pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })

  function end(): void {
    for (const socket of open) socket.destroy()
  }

  proxy.listen(0, target.hostname)
  await once(proxy, 'listening')
  const reached = new URL(target)
  reached.port = String((proxy.address() as AddressInfo).port)
  return {
    url: reached.href,
    cut() {
      state = 'cut'
      end()
    },
    silence() {
      state = 'silent'
      for (const socket of open) socket.unpipe()
    },
    mend() {
      state = 'whole'
    },
    async [Symbol.asyncDispose]() {
      end()
      proxy.close()
      await once(proxy, 'close')
    },
  }
}
