/** How far those whom a token gave authority to may hand it on. `docs/protocol.md` §8. */
export interface Handover {
  /** The most actors there may be one after the other. */
  readonly maxHops: number
  /** When the token ends, in milliseconds since the epoch: no token that comes of it lasts longer. */
  readonly endsAt: number
}
