import { expect, it } from 'vitest'
import { summarize } from './summary.mjs'

const test = (fullName: string, status: string) => ({ fullName, status })
const good = {
  name: 'a.test.ts',
  status: 'passed',
  assertionResults: [test('one', 'passed'), test('two', 'passed')],
}

it('ends with the sums of all files', () => {
  const bad = {
    name: 'b.test.ts',
    status: 'failed',
    assertionResults: [test('x', 'failed'), test('y', 'passed')],
  }
  expect(summarize([good, bad])).toEqual({ ok: false, lines: ['3 passed, 1 failed'] })
  expect(summarize([good])).toEqual({ ok: true, lines: ['2 passed, 0 failed'] })
})

it('names each test that was not run and counts it neither way', () => {
  const partly = { name: 'c.test.ts', status: 'passed', assertionResults: [test('in a browser', 'skipped')] }
  const lines = ['not run: c.test.ts > in a browser', '2 passed, 0 failed']
  expect(summarize([good, partly])).toEqual({ ok: true, lines })
})

it('counts a file that fails outside its tests as a failure', () => {
  const broken = { name: 'd.test.ts', status: 'failed', assertionResults: [] }
  expect(summarize([good, broken])).toEqual({
    ok: false,
    lines: ['failed outside its tests: d.test.ts', '2 passed, 1 failed'],
  })
})

it('counts a run without any test as a failure', () => {
  expect(summarize([])).toEqual({ ok: false, lines: ['no test was run', '0 passed, 1 failed'] })
})
