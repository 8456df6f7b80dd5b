/** One thing an agent is to do. */
type Act<Context> = (context: Context) => unknown

interface Strings<Context> {
  readonly acts: Act<Context>[]
  pulled: () => void
}

/** Thrown inside an agent to end it with a value. */
class Ended {
  constructor(readonly value: unknown) {}
}

/** Agents that do what a test says, one thing at a time; each is known by a name. */
export class Puppets<Context> {
  readonly #strings = new Map<string, Strings<Context>>()

  /** The agent: acts as it is told until it is told to end, or its job is over. */
  async run(name: string, context: Context & { readonly signal: AbortSignal }): Promise<unknown> {
    const strings = this.#of(name)
    const over = new Promise<never>((_, reject) => {
      context.signal.addEventListener('abort', () => reject(context.signal.reason))
    })
    for (;;) {
      const act = strings.acts.shift()
      if (!act) {
        const pulled = new Promise<void>((resolve) => {
          strings.pulled = resolve
        })
        await Promise.race([pulled, over])
        continue
      }
      try {
        await act(context)
      } catch (error) {
        if (error instanceof Ended) return error.value
        throw error
      }
    }
  }

  /** Lets an agent act, now or once it runs. Resolves when it has; rejects with what comes of it. */
  pull<Value>(name: string, act: (context: Context) => Value): Promise<Awaited<Value>> {
    const strings = this.#of(name)
    return new Promise((resolve, reject) => {
      strings.acts.push(async (context) => {
        try {
          resolve(await act(context))
        } catch (error) {
          reject(error)
          throw error
        }
      })
      strings.pulled()
    })
  }

  /** Lets an agent return. */
  end(name: string, value: unknown): void {
    const strings = this.#of(name)
    strings.acts.push(() => {
      throw new Ended(value)
    })
    strings.pulled()
  }

  #of(name: string): Strings<Context> {
    const known = this.#strings.get(name)
    if (known) return known
    const strings: Strings<Context> = { acts: [], pulled: () => {} }
    this.#strings.set(name, strings)
    return strings
  }
}
