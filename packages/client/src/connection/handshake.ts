import {
  ConnectionError,
  encodeFrame,
  type IdSource,
  PROTOCOL_VERSION,
  readFrame,
  type SessionHello,
  type SessionWelcome,
} from '@arcp/protocol'
import type { Transport, TransportHandler } from '@arcp/protocol/transport'
import { readAnswer } from '../replies'
import { closedBy, lost } from './breaks'

/** Who takes over a transport whose session stands. */
export type SessionHandler = Pick<TransportHandler, 'frame' | 'close'>

/** What {@link handshake} needs. */
export interface HandshakeParts {
  readonly transport: Transport
  readonly hello: SessionHello
  readonly ids: IdSource
  /** Called inside the arrival of the welcome, so that whom it returns misses no frame after it. */
  readonly welcomed: (transport: Transport, welcome: SessionWelcome) => SessionHandler
  /** Once it has aborted, no welcome counts. */
  readonly signal: AbortSignal
}

/**
 * Says hello over a transport that has just opened and waits for the welcome. `docs/protocol.md` §2.
 *
 * @throws the error of its code when the runtime refuses, ConnectionError when it hangs up or answers with something
 * else
 */
export function handshake(parts: HandshakeParts): Promise<void> {
  const { transport, hello } = parts
  return new Promise((resolve, reject) => {
    let session: SessionHandler | undefined
    transport.start({
      frame(text) {
        if (session) return session.frame(text)
        if (parts.signal.aborted) return
        const answer = readWelcome(text, hello)
        if (answer instanceof Error) {
          transport.close()
          reject(answer)
        } else if (answer) {
          session = parts.welcomed(transport, answer)
          resolve()
        }
      },
      close(info) {
        if (session) session.close(info)
        else reject(lost(info).error)
      },
      drain() {},
    })
    transport.send([encodeFrame('session.hello', hello, { id: parts.ids() })])
  })
}

/** The welcome, what stands in its place, or `undefined` for a frame of no meaning here. */
function readWelcome(text: string, hello: SessionHello): SessionWelcome | Error | undefined {
  const envelope = readFrame(text)
  if (!envelope) return misunderstood(`it does not speak version ${PROTOCOL_VERSION}`)
  const { type, payload } = envelope
  if (type === 'session.closed') return closedBy(payload).error
  if (type !== 'session.error' && type !== 'session.welcome') return undefined
  const welcome = readAnswer('session.hello', envelope, misunderstood)
  if (welcome instanceof Error) return welcome
  const needed = 'typed_events'
  if (hello.capabilities.features?.includes(needed) && !welcome.capabilities.features.includes(needed)) {
    return misunderstood(`it has no ${needed}`)
  }
  return welcome
}

function misunderstood(why: string): ConnectionError {
  return new ConnectionError(`no usable ARCP runtime: ${why}`)
}
