import { agent } from '@arcp/protocol'
import * as v from 'valibot'

/** Reads a directory and writes a Markdown report on what its files hold. */
export const report = agent({
  name: 'report',
  version: '1.0.0',
  description: 'Counts files, lines, bytes, words and markers of a directory, and writes a Markdown report.',
  input: v.object({
    dir: v.pipe(v.string(), v.nonEmpty(), v.description('Relative to the directory the runtime serves')),
  }),
  output: 'text',
})

/** Returns its input. */
export const echo = agent({ name: 'echo', version: '1.0.0', description: 'Returns its input.' })

/** Counts, one step at a time. */
export const count = agent({
  name: 'count',
  version: '1.0.0',
  description: 'Counts up to a number, telling each step.',
  input: v.object({
    to: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000)),
    delayMs: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(60_000))),
  }),
  output: v.object({ counted: v.number() }),
})

/** Streams numbered lines as its result. */
export const lines = agent({
  name: 'lines',
  version: '1.0.0',
  description: 'Streams numbered lines, telling each.',
  input: v.object({
    count: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000)),
    delayMs: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(60_000))),
  }),
  output: 'text',
})

const questions = v.pipe(
  v.array(v.pipe(v.string(), v.nonEmpty(), v.maxLength(4_000))),
  v.minLength(1),
  v.maxLength(20),
  v.description('Asked one after the other, each with those before it in mind'),
)

/** Answers questions with a language model, as far as the money goes. */
export const ask = agent({
  name: 'ask',
  version: '1.0.0',
  description: 'Asks a language model, and streams its answers while they are written.',
  input: v.object({
    questions,
    model: v.optional(v.pipe(v.string(), v.nonEmpty(), v.description("Default: the endpoint's own"))),
  }),
  output: 'text',
})

/** Has several askers look into a subject at once, each with a share of the money, and files what they find. */
export const research = agent({
  name: 'research',
  version: '1.0.0',
  description:
    'Shares questions and money out among askers, puts their answers together, and has them archived.',
  input: v.object({
    leads: v.pipe(
      v.array(
        v.object({
          questions,
          usd: v.pipe(v.string(), v.description('What the asker of these questions may spend')),
        }),
      ),
      v.minLength(1),
      v.maxLength(8),
    ),
    enough: v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.description('How many askers are waited for; the others are called off then'),
    ),
  }),
  output: 'text',
})

/** What an archive gives for a text. */
export const receiptSchema = v.object({
  sha256: v.string(),
  for: v.pipe(v.string(), v.description('Whose it is')),
  through: v.pipe(v.array(v.string()), v.description('Who brought it, each on behalf of the one before')),
})

/** Keeps texts, and says for whom it does. */
export const archive = agent({
  name: 'archive',
  version: '1.0.0',
  description: 'Keeps a text, and gives a receipt for it.',
  input: v.object({ text: v.string() }),
  output: receiptSchema,
})
