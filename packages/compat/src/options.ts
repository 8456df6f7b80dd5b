/** Limits of the translation. What is beyond one is said at each. */
export interface CompatOptions {
  /**
   * Runtime side: requests of one transport that wait for their answer. Default 1,000; one more is refused with
   * `INTERNAL_ERROR`.
   */
  readonly openRequests?: number
  /**
   * Runtime side: jobs of one transport whose end a client waits for. Default 10,000; a client with more is taken for one
   * that waits for good, so that nothing it might not survive is sent to it.
   */
  readonly openJobs?: number
}

/** {@link CompatOptions}, every default filled in. */
export type CompatLimits = Required<CompatOptions>

const DEFAULTS: CompatLimits = { openRequests: 1_000, openJobs: 10_000 }

/** @throws TypeError for a limit that is no positive integer */
export function resolveOptions(options: CompatOptions): CompatLimits {
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
      throw new TypeError(`${name} must be a positive integer`)
    }
  }
  return { ...DEFAULTS, ...options }
}
