import { expect, test } from 'vitest'
import { generate } from './generate'
import { Coverage } from './model/coverage'
import { run } from './run'

test('try', async () => {
  const coverage = new Coverage()
  const n = Number(process.env.N ?? 100)
  const from = Number(process.env.FROM ?? 1)
  const began = performance.now()
  const kinds = new Map<string, number[]>()
  for (let seed = from; seed < from + n; seed++) {
    const outcome = await run(generate(seed), coverage)
    if (outcome.complaints.length > 0) {
      const kind = (outcome.complaints[0] ?? '')
        .replace(/(job|sess|link|r|arj|ars)[_ ]?[\w-]*/g, '$1')
        .replace(/\d+/g, '#')
        .slice(0, 120)
      kinds.set(kind, [...(kinds.get(kind) ?? []), seed])
      if (n === 1)
        console.log(
          outcome.transcript.map((l) => l.slice(0, 330)).join('\n'),
          '\n',
          outcome.complaints.slice(0, 5).join('\n'),
        )
    }
  }
  console.log(`${n} in ${performance.now() - began} ms`)
  for (const [kind, seeds] of [...kinds].sort((a, b) => b[1].length - a[1].length))
    console.log(seeds.length, kind, seeds.slice(0, 5))
  if (process.env.COV) console.log(String(coverage))
  expect(1).toBe(1)
}, 600_000)
