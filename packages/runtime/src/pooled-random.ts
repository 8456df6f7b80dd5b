import type { Random } from '@arcp/protocol'

/** Bytes drawn at a time. */
const POOL_BYTES = 4_096

/** The same chance, drawn in advance: the platform takes as long for a few bytes as for thousands. */
export function pooledRandom(random: Random): Random {
  let pool: Uint8Array = new Uint8Array()
  return (bytes) => {
    if (bytes > POOL_BYTES) return random(bytes)
    if (bytes > pool.length) pool = random(POOL_BYTES)
    const drawn = pool.slice(0, bytes)
    // What has been handed out, secrets among it, is nowhere else.
    pool.fill(0, 0, bytes)
    pool = pool.subarray(bytes)
    return drawn
  }
}
