import type { Price } from './price'

/** Where language models are asked, in the way that OpenAI's API has made common, and with what. */
export interface Access {
  /** What comes before `/chat/completions`. */
  readonly baseUrl: string
  readonly apiKey: string
}

/** The same, and for what. */
export interface Endpoint extends Access {
  /** The model that is asked when none is named. */
  readonly model: string
  readonly price: Price
}

/** What `gpt-4o-mini` has cost for long. */
const DEFAULT_PRICE = '0.15/0.60'

/**
 * The endpoint that the environment names: `OPENAI_BASE_URL`, with `OPENAI_API_KEY`, `OPENAI_MODEL` (default
 * `gpt-4o-mini`) and `OPENAI_PRICE`, in USD for a million tokens in and out (default `0.15/0.60`). `undefined` without
 * `OPENAI_BASE_URL`: nobody shall pay by accident.
 */
export function endpointOf(env: NodeJS.ProcessEnv): Endpoint | undefined {
  const {
    OPENAI_BASE_URL,
    OPENAI_API_KEY = '',
    OPENAI_MODEL = 'gpt-4o-mini',
    OPENAI_PRICE = DEFAULT_PRICE,
  } = env
  if (!OPENAI_BASE_URL) return undefined
  const [input = '', output = input] = OPENAI_PRICE.split('/')
  return { baseUrl: OPENAI_BASE_URL, apiKey: OPENAI_API_KEY, model: OPENAI_MODEL, price: { input, output } }
}
