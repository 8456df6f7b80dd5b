/** A part of the runtime, or of the client, that has gone wrong in one way. */
export interface Mutant {
  readonly what: string
  /** Default: the runtime. */
  readonly of?: 'client'
  /** The module, from the `src` of its package. */
  readonly module: string
  /** An exported function, or the method of an exported class. */
  readonly part: string
  /** What happens instead of a call; `call` is the part as it was. */
  readonly instead: (
    call: (...args: readonly unknown[]) => unknown,
    args: readonly unknown[],
    self: Self,
  ) => unknown
}

/** Whose method was called. */
export type Self = Record<string, (...args: readonly unknown[]) => unknown>
