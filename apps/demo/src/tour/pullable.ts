import { CloseCode, type Dialer, type Transport } from '@arcp/protocol/transport'

/** A dialer whose transports can be destroyed, as when somebody pulls the cable. */
export interface PullableDialer extends Dialer {
  /** Destroys the transport in use without a word to either end; `false` when there is none. */
  pull(): boolean
}

export function pullable(dialer: Dialer): PullableDialer {
  let current: Transport | undefined
  return {
    async open(signal) {
      const transport = await dialer.open(signal)
      current = transport
      return transport
    },
    pull() {
      const pulled = current
      current = undefined
      pulled?.close(CloseCode.abnormal)
      return pulled !== undefined
    },
  }
}
