/** What the model knows; it makes up nothing. */
const ANSWERS: readonly (readonly [topic: RegExp, answer: string])[] = [
  [
    /lease/i,
    'A lease says what one job may touch, spend, and for how long. It is asked for when the job is submitted, granted or refused as a whole, and every guarded operation of the agent is held against it at the moment it happens.',
  ],
  [
    /budget|money|cost/i,
    'A budget limits what a job may spend, in exact decimals and for each currency apart. A charge always goes through, for what is spent is spent; the next operation is the one that is denied.',
  ],
  [
    /connection|socket|resume/i,
    'Nothing. A job belongs to the runtime and not to a connection: it runs on, its events are kept and numbered, and a client that comes back takes them up where it was.',
  ],
  [
    /agent/i,
    'An agent is a function that takes its time. A runtime hosts it, and lends it a context to tell its progress, to stream its result, and to reach what its lease covers.',
  ],
]

const IGNORANCE =
  'I am a small program that stands in for a language model. Ask me about agents, leases, budgets or connections.'

/** An answer to a question. */
export function answerTo(question: string): string {
  return ANSWERS.find(([topic]) => topic.test(question))?.[1] ?? IGNORANCE
}

/** A text in the pieces it is written in; together they are the text. */
export function tokensOf(text: string): string[] {
  return text.match(/\s*\S{1,6}|\s+$/g) ?? []
}
