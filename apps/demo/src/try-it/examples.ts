/** What a field of the form is filled with. */
export interface Example {
  readonly input: unknown
  readonly lease: Readonly<Record<string, readonly string[]>>
}

const EXAMPLES = new Map<string, Example>([
  [
    'ask',
    {
      input: { questions: ['What is an agent?', 'And what is a lease?'] },
      lease: { 'model.use': ['*'], 'cost.budget': ['USD:0.01'] },
    },
  ],
  ['count', { input: { to: 10, delayMs: 300 }, lease: {} }],
  ['echo', { input: { hello: 'world', list: [1, 2, 3] }, lease: {} }],
  ['report', { input: { dir: '.' }, lease: { 'fs.read': ['**'] } }],
])

/** Something to begin with for an agent, by its name; an agent nobody here knows begins with nothing. */
export function exampleFor(agent: string): Example {
  return EXAMPLES.get(agent) ?? { input: {}, lease: {} }
}
