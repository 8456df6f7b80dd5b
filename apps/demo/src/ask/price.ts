import { formatAmount, parseAmount } from '@arcp/protocol/lease'

/** What tokens cost, in USD for a million of them; at most six decimals. */
export interface Price {
  readonly input: string
  readonly output: string
}

/** How many tokens went in and came out. */
export interface Usage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
}

const MILLION = 1_000_000n

/** How many characters a token has, roughly. */
const TOKEN_LENGTH = 4

/** What was used at least, where nobody says it: roughly what was asked, and a token for each piece of an answer. */
export function leastUsage(asked: readonly string[], pieces: number): Usage {
  const characters = asked.reduce((sum, { length }) => sum + length, 0)
  return { prompt_tokens: Math.ceil(characters / TOKEN_LENGTH), completion_tokens: pieces }
}

/** What a use cost, exactly. */
export function costOf({ prompt_tokens, completion_tokens }: Usage, { input, output }: Price): string {
  const cost = BigInt(prompt_tokens) * amountOf(input) + BigInt(completion_tokens) * amountOf(output)
  return formatAmount(cost / MILLION)
}

function amountOf(price: string): bigint {
  const amount = parseAmount(price)
  if (amount === undefined || amount % MILLION !== 0n)
    throw new TypeError(`${price} is no price of a million tokens`)
  return amount
}
