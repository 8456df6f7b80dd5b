/** The only source of chance: `bytes` fresh, unpredictable bytes. */
export type Random = (bytes: number) => Uint8Array

/** Randomness of the platform's cryptographic generator. */
export const systemRandom: Random = (bytes) => crypto.getRandomValues(new Uint8Array(bytes))
