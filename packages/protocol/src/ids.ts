import { customRandom } from 'nanoid'
import type { Random } from './random'

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const COUNTER_DIGITS = 10

/** Makes fresh ids; each call another one. */
export type IdSource = () => string

/**
 * Ids of the form `prefix_` and 26 Crockford base32 characters, the first 0 to 7, each drawn anew.
 */
export function randomIds(prefix: string, random: Random): IdSource {
  const first = customRandom(CROCKFORD.slice(0, 8), 1, random)
  const rest = customRandom(CROCKFORD, 25, random)
  return () => `${prefix}_${first()}${rest()}`
}

/**
 * Ids of envelopes: a random part drawn once, here, and a counter in the last ten characters, so that an id costs
 * next to nothing on the path of an event. `docs/protocol.md` §1.
 */
export function messageIds(random: Random): IdSource {
  const start = randomIds('msg', random)().slice(0, -COUNTER_DIGITS)
  let block = 0
  let low = 0
  // Most ids differ from the one before in their last two digits alone.
  const blockStart = () => start + crockford(block++, COUNTER_DIGITS - 2)
  let high = blockStart()
  return () => {
    if (low === 32 * 32) {
      low = 0
      high = blockStart()
    }
    return high + digit(low >> 5) + digit(low++)
  }
}

/** The alphabet has 32 characters, so that every digit is as likely as the next for any even chance. */
function digit(value: number): string {
  return CROCKFORD.charAt(value % 32)
}

function crockford(value: number, digits: number): string {
  return digits === 0 ? '' : crockford(Math.floor(value / 32), digits - 1) + digit(value)
}
