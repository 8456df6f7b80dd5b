import { createHash } from 'node:crypto'
import type { Random } from '@arcp/protocol'

/** Bytes that look random and are the same for the same `seed` and sequence of calls. */
export function seededRandom(seed: number | string): Random {
  let block = 0
  let pool = Buffer.alloc(0)
  return (bytes) => {
    while (pool.length < bytes) {
      const next = createHash('sha256').update(`${seed}:${block++}`).digest()
      pool = Buffer.concat([pool, next])
    }
    const taken = Uint8Array.from(pool.subarray(0, bytes))
    pool = pool.subarray(bytes)
    return taken
  }
}
