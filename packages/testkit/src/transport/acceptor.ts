import type { Acceptor, Peer, Transport } from '@arcp/protocol/transport'

/** A transport that a listener has handed over. */
export interface Accepted {
  readonly transport: Transport
  readonly peer: Peer
}

/** Stands where a runtime stands: takes what a listener accepts and hands it to a test, not started. */
export interface TestAcceptor extends Acceptor {
  /** Everything accepted so far. */
  readonly accepted: readonly Accepted[]
  /** The oldest not taken by an earlier call, whether it has come or is yet to. */
  next(): Promise<Accepted>
}

/** @param maxFrameBytes Default 1 MiB. */
export function testAcceptor(maxFrameBytes: number = 1024 * 1024): TestAcceptor {
  const accepted: Accepted[] = []
  const untaken: Accepted[] = []
  const waiting: ((accepted: Accepted) => void)[] = []
  return {
    maxFrameBytes,
    accepted,
    accept(transport, peer) {
      const entry = { transport, peer }
      accepted.push(entry)
      const wait = waiting.shift()
      if (wait) wait(entry)
      else untaken.push(entry)
    },
    next() {
      const held = untaken.shift()
      return held ? Promise.resolve(held) : new Promise((resolve) => waiting.push(resolve))
    },
  }
}
