/** An exact amount of money, in millionths of millionths of a unit. */
export type Amount = bigint

/** The most decimals of an amount. */
const AMOUNT_DECIMALS = 12
/** The most digits before the point. */
const MAX_WHOLE_DIGITS = 15

const UNIT = 10n ** BigInt(AMOUNT_DECIMALS)

/**
 * Reads an amount: a decimal text, or a number by its shortest decimal text, so that `0.1` is a tenth and nothing
 * else. `undefined` for what is negative, not finite, finer than 12 decimals, or 10¹⁵ and more. `docs/protocol.md` §7.
 */
export function parseAmount(value: string | number): Amount | undefined {
  const match = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value))
  if (!match) return undefined
  const [, whole = '', fraction = '', exponent = '0'] = match
  // An exponent is how numbers are written, not how people write amounts.
  if (typeof value === 'string' && match[3] !== undefined) return undefined
  const digits = (whole + fraction).replace(/^0+(?=\d)/, '')
  const decimals = fraction.length - Number(exponent)
  if (digits.length - decimals > MAX_WHOLE_DIGITS && digits !== '0') return undefined
  if (decimals <= AMOUNT_DECIMALS) return BigInt(digits) * 10n ** BigInt(AMOUNT_DECIMALS - decimals)
  const excess = digits.slice(AMOUNT_DECIMALS - decimals)
  if (/[1-9]/.test(excess)) return undefined
  return BigInt(digits.slice(0, AMOUNT_DECIMALS - decimals) || '0')
}

/** Writes an amount as a decimal text without trailing zeros; what is below zero begins with `-`. */
export function formatAmount(amount: Amount): string {
  const size = amount < 0n ? -amount : amount
  const fraction = (size % UNIT).toString().padStart(AMOUNT_DECIMALS, '0').replace(/0+$/, '')
  const text = fraction === '' ? `${size / UNIT}` : `${size / UNIT}.${fraction}`
  return amount < 0n ? `-${text}` : text
}
