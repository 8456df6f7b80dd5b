import { expect, it } from 'vitest'
import { fsPatternFault } from './fs-pattern'
import { leaseIssues } from './lease-issues'

const message = 'expected no empty segment, . or .. behind a wildcard'

it.each([
  ['*/../x', message],
  ['**/.', message],
  ['a*b/..', message],
  ['a/*//b', message],
  ['src/*/', message],
  ['a\0b', 'expected a path'],
])('a pattern for files is at fault: %j', (pattern, fault) => {
  expect(fsPatternFault(pattern)).toBe(fault)
  for (const namespace of ['fs.read', 'fs.write']) {
    expect(leaseIssues({ [namespace]: ['a', pattern] }, 'lease')).toEqual([
      { path: `lease["${namespace}"][1]`, message: fault },
    ])
  }
})

it.each(['', '.', '/', '//a', '../x/./y', 'src/**', '*', '*/...', '**/.git', 'a/*..', '*/.a/*'])(
  'a pattern for files is not at fault: %j',
  (pattern) => {
    expect(fsPatternFault(pattern)).toBeUndefined()
  },
)

it('is looked through in time that grows with the pattern only', () => {
  expect(fsPatternFault(`${'*/a'.repeat(100_000)}/..`)).toBe(message)
})
