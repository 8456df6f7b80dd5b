/** How often each thing a schedule can lead to has been seen. */
export class Coverage {
  readonly #counts = new Map<string, number>()

  saw(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1)
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0
  }

  toString(): string {
    const lines = [...this.#counts].sort().map(([what, times]) => `${String(times).padStart(8)}  ${what}`)
    return lines.join('\n')
  }
}
