import {
  ConnectionError,
  decodeFrame,
  describeIssues,
  type Envelope,
  encodeFrame,
  errorFromWire,
  type SessionHello,
  type SessionWelcome,
  type WireError,
} from '@arcp/protocol'
import type { Transport, TransportHandler } from '@arcp/protocol/transport'
import { firstMisfit, sessionError, sessionWelcome } from '../replies'

/**
 * Says hello over a transport that has just opened and waits for the welcome; whatever else comes of it, the transport
 * is closed. `docs/protocol.md` §2.
 *
 * @param id the `id` of the hello
 * @param welcomed called inside the arrival of the welcome, so that whom it returns misses no frame after it
 * @throws the error of its code when the runtime refuses, ConnectionError when it falls silent for good or answers
 * with something else, the signal's reason when it aborts first
 */
export function handshake(
  transport: Transport,
  hello: SessionHello,
  id: string,
  welcomed: (welcome: SessionWelcome) => TransportHandler,
  signal: AbortSignal,
): Promise<SessionWelcome> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      receiver = deaf
      signal.removeEventListener('abort', abort)
      transport.close()
      reject(error)
    }
    const abort = () => fail(signal.reason)
    let receiver: TransportHandler = {
      frame(text) {
        const answer = readAnswer(text, hello)
        if (answer === undefined) return
        if (answer instanceof Error) return fail(answer)
        signal.removeEventListener('abort', abort)
        receiver = welcomed(answer)
        resolve(answer)
      },
      close({ code, reason }) {
        const why = reason === '' ? `code ${code}` : `code ${code}: ${reason}`
        fail(new ConnectionError(`the runtime hung up instead of welcoming (${why})`))
      },
      drain() {},
    }
    signal.addEventListener('abort', abort)
    transport.start({
      frame: (text) => receiver.frame(text),
      close: (info) => receiver.close(info),
      drain: () => receiver.drain(),
    })
    transport.send([encodeFrame('session.hello', hello, { id })])
    if (signal.aborted) abort()
  })
}

const deaf: TransportHandler = { frame() {}, close() {}, drain() {} }

/** The welcome, what stands in its place, or `undefined` for a frame of no meaning here. */
function readAnswer(text: string, hello: SessionHello): SessionWelcome | Error | undefined {
  const decoded = decodeFrame(text)
  if (!decoded.ok) return misunderstood(describeIssues(decoded.issues))
  const { type, payload } = decoded.envelope
  if (type === 'session.error') return refusal(payload)
  if (type === 'session.closed') {
    return new ConnectionError(`the runtime closed the session instead of welcoming: ${payload.reason}`)
  }
  return type === 'session.welcome' ? readWelcome(payload, hello) : undefined
}

function readWelcome(payload: Envelope['payload'], hello: SessionHello): SessionWelcome | Error {
  const misfit = firstMisfit(payload, sessionWelcome)
  if (misfit) return misunderstood(`its welcome has no usable ${misfit}`)
  const welcome = payload as unknown as SessionWelcome
  const asked = hello.capabilities.features ?? []
  if (asked.includes('typed_events') && !welcome.capabilities.features.includes('typed_events')) {
    return misunderstood('it does not send typed events, so it speaks the public draft only')
  }
  return welcome
}

function refusal(payload: Envelope['payload']): Error {
  const misfit = firstMisfit(payload, sessionError)
  if (misfit) return misunderstood(`its refusal has no usable ${misfit}`)
  return errorFromWire(payload as unknown as WireError)
}

function misunderstood(why: string): ConnectionError {
  return new ConnectionError(`what answers is no ARCP runtime this client understands: ${why}`)
}
