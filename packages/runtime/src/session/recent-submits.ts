/** Answers kept for a client that asks again after it lost the connection. */
const LIMIT = 1_000

/** What became of a session's latest submits, by the request's `id`; rejections are not remembered. */
export class RecentSubmits<T> {
  readonly #kept = new Map<string, Promise<T>>()

  get(id: string): Promise<T> | undefined {
    return this.#kept.get(id)
  }

  add(id: string, outcome: Promise<T>): void {
    this.#kept.set(id, outcome)
    outcome.catch(() => this.#kept.delete(id))
    for (const [oldest] of this.#kept) {
      if (this.#kept.size <= LIMIT) break
      this.#kept.delete(oldest)
    }
  }
}
