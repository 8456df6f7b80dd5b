import {
  ConnectionError,
  encodeFrame,
  PROTOCOL_VERSION,
  readFrame,
  type SessionHello,
  type SessionWelcome,
} from '@arcp/protocol'
import type { Transport, TransportHandler } from '@arcp/protocol/transport'
import { readReply, sessionError, sessionWelcome } from '../replies'
import { closedBy, lost } from './breaks'

/** Who takes over a transport whose session stands. */
export type SessionHandler = Pick<TransportHandler, 'frame' | 'close'>

/** What {@link handshake} needs. */
export interface HandshakeParts {
  readonly transport: Transport
  readonly hello: SessionHello
  /** The `id` of the hello. */
  readonly id: string
  /** Called inside the arrival of the welcome, so that whom it returns misses no frame after it. */
  readonly welcomed: (welcome: SessionWelcome) => SessionHandler
  /** Once it has aborted, no welcome counts. */
  readonly signal: AbortSignal
}

/**
 * Says hello over a transport that has just opened and waits for the welcome. `docs/protocol.md` §2.
 *
 * @throws the error of its code when the runtime refuses, ConnectionError when it hangs up or answers with something
 * else
 */
export function handshake({ transport, hello, id, welcomed, signal }: HandshakeParts): Promise<void> {
  return new Promise((resolve, reject) => {
    let session: SessionHandler | undefined
    transport.start({
      frame(text) {
        if (session) return session.frame(text)
        if (signal.aborted) return
        const answer = readAnswer(text, hello)
        if (answer instanceof Error) {
          transport.close()
          reject(answer)
        } else if (answer) {
          session = welcomed(answer)
          resolve()
        }
      },
      close(info) {
        if (session) session.close(info)
        else reject(lost(info).error)
      },
      drain() {},
    })
    transport.send([encodeFrame('session.hello', hello, { id })])
  })
}

/** The welcome, what stands in its place, or `undefined` for a frame of no meaning here. */
function readAnswer(text: string, hello: SessionHello): SessionWelcome | Error | undefined {
  const envelope = readFrame(text)
  if (!envelope) return misunderstood(`what it says is no frame of version ${PROTOCOL_VERSION}`)
  const { type, payload } = envelope
  if (type === 'session.closed') return closedBy(payload).error
  if (type !== sessionError.type && type !== sessionWelcome.type) return undefined
  const welcome = readReply(envelope, sessionWelcome, misunderstood)
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
