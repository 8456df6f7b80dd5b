import type { Transport } from '@arcp/protocol/transport'
import type { RawFrame } from '@arcp/testkit'
import type { LinkJudge } from '../model/link-judge'

/** A transport as a runtime has it, all of whose frames `judge` sees in their order. */
export function tap(inner: Transport, judge: LinkJudge, note: (line: string) => void): Transport {
  return {
    start(handler) {
      inner.start({
        frame(text) {
          note(`${judge.name} > ${text}`)
          judge.heard(JSON.parse(text) as RawFrame)
          handler.frame(text)
          judge.handled()
        },
        close(info) {
          note(`${judge.name} closed ${info.code}`)
          judge.ended()
          handler.close(info)
        },
        drain() {
          judge.carries(inner.bufferedBytes === 0)
          handler.drain()
        },
      })
    },
    send(frames) {
      if (inner.bufferedBytes === 0) judge.carries(true)
      for (const text of frames) {
        note(`${judge.name} < ${text}`)
        judge.said(JSON.parse(text) as RawFrame)
      }
      inner.send(frames)
    },
    close(code, reason) {
      note(`${judge.name} is closed ${code} ${reason}`)
      judge.ended()
      inner.close(code, reason)
    },
    get bufferedBytes() {
      return inner.bufferedBytes
    },
  }
}
