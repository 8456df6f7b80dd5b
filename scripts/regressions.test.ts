import { expect, it } from 'vitest'
import { compare, idsIn } from './regressions.mjs'

it('finds ids in the names of tests and suites, however they are declared', () => {
  const source = `
    describe('X-A-1 and R-AAA-1', () => {
      it("R-AAA-2 isn't lost", () => {})
      it.skipIf(windows)(\`R-AAA-3 holds\`, () => {})
      it.each([1, 2])(
        'R-AAA-4 holds for %i',
        () => {},
      )
      test.concurrent('R-AAA-5 and R-AAA-6 hold', () => {})
    })`
  expect(idsIn(source)).toEqual(['R-AAA-1', 'R-AAA-2', 'R-AAA-3', 'R-AAA-4', 'R-AAA-5', 'R-AAA-6'])
})

it('does not take comments and other strings for names of tests', () => {
  expect(idsIn(`// R-AAA-1\nconst id = 'R-AAA-2'\nexpect('R-AAA-3').toBe(id)`)).toEqual([])
})

const list = { 'R-AAA-1': { rule: 'One.', done: true }, 'R-AAA-2': { rule: 'Two.' } }

it('is content when each fault that is done has its test, and names the others', () => {
  const { ok, lines } = compare(list, new Set(['R-AAA-1']))
  expect(ok).toBe(true)
  expect(lines).toEqual(['1 of 2 regressions have a test. Without one:', '  R-AAA-2   Two.'])
})

it('objects to a fault that is done but has no test', () => {
  const { ok, lines } = compare(list, new Set(['R-AAA-2']))
  expect(ok).toBe(false)
  expect(lines).toContain('✗ R-AAA-1   One.')
})

it('objects to a test that names a fault nobody listed', () => {
  const { ok, lines } = compare(list, new Set(['R-AAA-1', 'R-AAA-9']))
  expect(ok).toBe(false)
  expect(lines.at(-1)).toContain('R-AAA-9')
})
