import { createHash, timingSafeEqual } from 'node:crypto'
import type { Random } from '@arcp/protocol'

/**
 * What proves a session. Each welcome brings a new token, which counts beside the one before until the client has been
 * heard with it; so a lost welcome strands nobody. Only digests are kept. `docs/protocol.md` §2.
 */
export class SessionTokens {
  #confirmed: string | undefined
  #pending: string | undefined
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  /** The token of the next welcome. */
  issue(): string {
    const token = `ars_${Buffer.from(this.#random(32)).toString('base64url')}`
    this.#pending = digestOf(token).toString('base64')
    return token
  }

  /** The client has been heard on the transport that carried the last welcome. */
  confirm(): void {
    if (!this.#pending) return
    this.#confirmed = this.#pending
    this.#pending = undefined
  }

  /** Whether `token` proves the session. One that was still pending is confirmed by that. */
  accept(token: string): boolean {
    const digest = digestOf(token)
    const isPending = matches(this.#pending, digest)
    const isConfirmed = matches(this.#confirmed, digest)
    if (isPending) this.confirm()
    return isPending || isConfirmed
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** What is kept is a text, for a buffer takes several times as much, and there are as many as sessions. */
function matches(known: string | undefined, digest: Buffer): boolean {
  return known !== undefined && timingSafeEqual(Buffer.from(known, 'base64'), digest)
}
