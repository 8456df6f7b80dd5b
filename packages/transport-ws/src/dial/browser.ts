import type { Transport } from '@arcp/protocol/transport'
import { NativeTransport } from '../native-transport'
import type { Address } from './address'
import { dialFailure, timedOut } from './failure'
import type { DialSettings } from './options'

/** Browsers tell a page nothing about why a WebSocket failed. */
const UNKNOWN = 'the browser does not say why; is the runtime there, and do its `origins` name this page?'

/** One attempt, over the platform's own WebSocket. Whatever ends it early also ends its socket. */
export function dial(address: Address, settings: DialSettings, signal: AbortSignal): Promise<Transport> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const socket = construct(address)
    const timer = settings.clock.setTimer(settings.handshakeTimeoutMs, () =>
      fail(timedOut(address, settings.handshakeTimeoutMs)),
    )
    const aborted = () => fail(signal.reason)
    signal.addEventListener('abort', aborted)
    socket.onclose = () => fail(dialFailure(address, UNKNOWN))
    socket.onopen = () => {
      settled()
      resolve(new NativeTransport(socket, settings))
    }

    function settled(): void {
      timer.cancel()
      signal.removeEventListener('abort', aborted)
      socket.onopen = null
    }

    function fail(reason: unknown): void {
      settled()
      reject(reason)
      socket.close()
    }
  })
}

function construct(address: Address): WebSocket {
  try {
    return new WebSocket(address.href)
  } catch (cause) {
    throw dialFailure(address, 'the browser refuses it; a page from https needs wss://', cause)
  }
}
