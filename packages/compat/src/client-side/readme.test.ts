import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { clientRules } from '../client-rules'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

it('the README lists the rules for runtimes, in their order, each with the fact it answers to', () => {
  const rows = clientRules.map(({ name, fact }) => `| ${name} | ${fact} |\n`).join('')
  expect(readme).toContain(`| Rule | Fact |\n|---|---|\n${rows}\n`)
})
