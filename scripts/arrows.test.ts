import { describe, expect, it } from 'vitest'
import { climbingImports, cycles, wrongArrows } from './arrows.mjs'

const needs = (...names: string[]) => Object.fromEntries(names.map((name) => [name, 'workspace:^']))

describe('the arrows of a published package', () => {
  it('may lead to protocol, and in tests to testkit', () => {
    const client = { name: '@arcp/client', dependencies: needs('@arcp/protocol', 'nanoid') }
    expect(wrongArrows({ ...client, devDependencies: needs('@arcp/testkit', '@arcp/protocol') })).toEqual([])
  })

  it.each(['dependencies', 'peerDependencies', 'optionalDependencies'])(
    'lead to no sibling by %s',
    (kind) => {
      expect(wrongArrows({ name: '@arcp/client', [kind]: needs('@arcp/runtime') })).toEqual([
        '@arcp/client must not depend on @arcp/runtime',
      ])
    },
  )

  it('lead to no sibling in tests', () => {
    expect(wrongArrows({ name: '@arcp/client', devDependencies: needs('@arcp/runtime') })).toHaveLength(1)
  })

  it('lead nowhere from protocol', () => {
    const devDependencies = needs('@arcp/testkit')
    expect(wrongArrows({ name: '@arcp/protocol', devDependencies })).toHaveLength(1)
  })
})

it('a private package may depend on any', () => {
  expect(wrongArrows({ name: '@arcp/e2e', private: true, dependencies: needs('@arcp/client') })).toEqual([])
})

it('finds a cycle through any kind of dependency', () => {
  const protocol = { name: '@arcp/protocol', devDependencies: needs('@arcp/testkit') }
  const testkit = { name: '@arcp/testkit', dependencies: needs('@arcp/protocol') }
  const client = { name: '@arcp/client', dependencies: needs('@arcp/protocol') }
  expect(cycles([client, protocol, testkit])).toEqual([
    'the packages form a cycle: @arcp/protocol → @arcp/testkit → @arcp/protocol',
  ])
  expect(cycles([client, { name: '@arcp/protocol' }, testkit])).toEqual([])
})

it('finds imports that climb out of their package', () => {
  const source = `import { a } from '../a'\nexport type { B } from '../../protocol/src/b'\nawait import('../../../apps/c')`
  expect(climbingImports('packages/client', 'packages/client/src/x/y.ts', source)).toEqual([
    'packages/client/src/x/y.ts reaches into another package: ../../../apps/c',
  ])
  expect(climbingImports('packages/client', 'packages/client/src/y.ts', source)).toHaveLength(2)
})
