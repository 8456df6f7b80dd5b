/** Limits of the translation. What is beyond one is said at each. */
export interface CompatOptions {
  /**
   * Runtime side: requests of one transport that wait for their answer. Default 1,000; one more is refused with
   * `INTERNAL_ERROR`.
   */
  readonly openRequests?: number
}

/** {@link CompatOptions}, every default filled in. */
export type CompatLimits = Required<CompatOptions>

const DEFAULTS: CompatLimits = { openRequests: 1_000 }

/** @throws TypeError for a limit that is no positive integer */
export function resolveOptions(options: CompatOptions): CompatLimits {
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
      throw new TypeError(`${name} must be a positive integer`)
    }
  }
  return { ...DEFAULTS, ...options }
}
