/** A running check that the right things arrived in the right order. */
export class Digest {
  count = 0
  #hash = 0x811c9dc5

  add(value: number): void {
    this.count++
    this.#hash = Math.imul(this.#hash ^ value, 0x01000193)
  }

  /** @throws when this is not what adding 1 to `count` gives */
  expectUpTo(count: number): void {
    const expected = new Digest()
    for (let value = 1; value <= count; value++) expected.add(value)
    if (this.count !== count || this.#hash !== expected.#hash) {
      throw new Error(`not what was sent: ${this.count} of ${count}, digest ${this.#hash}`)
    }
  }
}
