/** An amount of memory that many share. */
export class ByteBudget {
  readonly limit: number
  /** Bytes taken and not given back. */
  used = 0

  /** @param limit bytes */
  constructor(limit: number) {
    this.limit = limit
  }

  /** Takes `bytes` if they are there. */
  take(bytes: number): boolean {
    if (this.used + bytes > this.limit) return false
    this.used += bytes
    return true
  }

  give(bytes: number): void {
    this.used -= bytes
  }
}
