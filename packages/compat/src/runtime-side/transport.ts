import { decodeUntrustedFrame, encodeFrame, InvalidRequestError, messageIds } from '@arcp/protocol'
import { CloseCode, type Transport } from '@arcp/protocol/transport'
import { isOfDraft } from '../peer'
import { asCurrent } from '../version'
import { Translator, type TranslatorParts } from './translator'

/**
 * A runtime's end of a transport, for a client of the public draft too. The first frame decides: of a client that speaks
 * the native form nothing is looked at any more.
 */
export function runtimeSide(transport: Transport, parts: TranslatorParts): Transport {
  let translator: Translator | undefined
  const sendTranslated = (frames: readonly string[]) => {
    if (frames.length > 0) transport.send(frames)
    if (translator?.ending !== undefined) transport.close(CloseCode.policyViolation, translator.ending)
  }
  return {
    start(handler) {
      const translated = (by: Translator) => (text: string) => {
        for (const frame of by.read(text, sendTranslated)) handler.frame(frame)
      }
      let receive = (text: string) => {
        receive = (next) => handler.frame(next)
        const current = asCurrent(text)
        const isEarlier = current !== text
        const decoded = decodeUntrustedFrame(current)
        if (decoded.ok && decoded.envelope.type === 'session.open') {
          refuseOlderProtocol(transport, parts, decoded.envelope.id)
          return
        }
        if (decoded.ok && (isEarlier || isOfDraft(decoded.envelope))) {
          translator = new Translator(parts, decoded.envelope, isEarlier)
          receive = translated(translator)
        }
        receive(text)
      }
      transport.start({
        frame: (text) => receive(text),
        close: (info) => handler.close(info),
        drain: () => handler.drain(),
      })
    },
    send: (frames) => (translator ? sendTranslated(translator.write(frames)) : transport.send(frames)),
    close: (code, reason) => transport.close(code, reason),
    get bufferedBytes() {
      return transport.bufferedBytes
    },
  }
}

/** Tells a client that opens its session as an older protocol did, the one for Rust among them, what is spoken here. */
function refuseOlderProtocol(transport: Transport, { random }: TranslatorParts, requestId: string): void {
  const error = new InvalidRequestError(
    'session.open is of an older protocol; ARCP 1.1 begins with session.hello',
    {
      details: { supported: ['1.1'], expected: 'session.hello' },
    },
  )
  const payload = { request_id: requestId, ...error.toWire() }
  transport.send([encodeFrame('session.error', payload, { id: messageIds(random)() })])
  transport.close(CloseCode.policyViolation, error.code)
}
