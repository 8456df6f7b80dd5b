import type { RawFrame } from '@arcp/testkit'

/** What an application has seen of one job through one session: a stretch of its events, each once and in order. */
export class View {
  /** The newest event seen; those it was told it would not see count. */
  lastSeq: number | undefined
  readonly #seen = new Map<number, string>()

  /** Events go on after `seq`, by the client's own wish. */
  jumpTo(seq: number): void {
    this.lastSeq = Math.max(this.lastSeq ?? 0, seq)
  }

  /** Everything that is held follows, from wherever that is. */
  startAnew(): void {
    this.lastSeq = undefined
  }

  /** Takes an event, a repeated one included. */
  take({ payload, type }: RawFrame): string | undefined {
    const seq = payload.seq as number
    const { resume_token: _, ...body } = payload
    const text = `${type} ${JSON.stringify(body)}`
    const known = this.#seen.get(seq)
    this.#seen.set(seq, text)
    if (known !== undefined && known !== text) return `event ${seq} was ${known} before, and is ${text} now`
    const last = this.lastSeq
    this.lastSeq = Math.max(last ?? 0, seq)
    return last && seq > last + 1 ? `event ${seq} comes after ${last}` : undefined
  }
}
