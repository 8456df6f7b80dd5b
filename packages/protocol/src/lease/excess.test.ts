import { describe, expect, it } from 'vitest'
import { excessOf } from './excess'
import type { Lease } from './lease'

describe('R-AUT-1 what a lease asks for beyond another', () => {
  it('is the first pattern that no pattern of the other holds', () => {
    const outer = { 'fs.read': ['/src/**'], 'agent.delegate': ['helper'] }
    expect(excessOf(outer, { 'fs.read': ['/src/a', '/src/**'] })).toBeUndefined()
    expect(excessOf(outer, { 'fs.read': ['/src/a', '/**'] })).toEqual({
      namespace: 'fs.read',
      pattern: '/**',
    })
    expect(excessOf(outer, { 'fs.write': ['/src/a'] })).toEqual({ namespace: 'fs.write', pattern: '/src/a' })
    expect(excessOf(outer, { 'agent.delegate': ['helper@1.0.0'] })).toBeUndefined()
    expect(excessOf({ 'agent.delegate': ['helper@1.0.0'] }, outer)).toMatchObject({ namespace: 'fs.read' })
    expect(excessOf({ 'agent.delegate': ['h@1'] }, { 'agent.delegate': ['h'] })).toMatchObject({
      pattern: 'h',
    })
  })

  it('is an amount above the one it names, entries added up', () => {
    const outer = { 'cost.budget': ['USD:1.00', 'USD:0.50'] }
    expect(excessOf(outer, { 'cost.budget': ['USD:1.5'] })).toBeUndefined()
    expect(excessOf(outer, { 'cost.budget': ['USD:1.0', 'USD:0.500001'] })).toEqual({
      namespace: 'cost.budget',
      pattern: 'USD:0.500001',
    })
    expect(excessOf(outer, { 'cost.budget': ['EUR:99'] })).toBeUndefined()
    expect(excessOf(outer, {})).toBeUndefined()
  })

  it('is an amount of a currency that differs from its own by the case of letters only', () => {
    const outer = { 'cost.budget': ['USD:1.00'] }
    expect(excessOf(outer, { 'cost.budget': ['USD:1', 'Usd:0.01'] })).toEqual({
      namespace: 'cost.budget',
      pattern: 'Usd:0.01',
    })
  })

  it.each([
    'http://127.0.0.1/**',
    'http://localhost:8080/**',
    'http://169.254.169.254/latest/*',
    'http://168.63.129.16/',
    'http://[fd00::1]/**',
    'http://10.0.0.*/**',
  ])('is a host that is not public, unless it names that too: %s', (pattern) => {
    const inner = { 'net.fetch': ['https://a.example/', pattern] }
    const wild = ['**', 'http://**/**', 'http://10.**/**', 'http://**:8080/**']
    expect(excessOf({ 'net.fetch': wild }, inner)).toEqual({ namespace: 'net.fetch', pattern })
    expect(excessOf({ 'net.fetch': [...wild, pattern] }, inner)).toBeUndefined()
  })

  it('is what goes beyond the pattern that names such a host', () => {
    const outer = {
      'net.fetch': ['**', 'http://127.0.0.1/a/**', 'http://127.0.0.1/b', 'http://localhost/**'],
    }
    const within = (pattern: string) => excessOf(outer, { 'net.fetch': [pattern] }) === undefined
    expect(['http://127.0.0.1/a/*', 'http://127.0.0.1/b?q=*', 'http://localhost/a'].map(within)).toEqual([
      true,
      true,
      true,
    ])
    expect(['http://127.0.0.1/c', 'http://127.0.0.1/**', 'http://127.0.0.2/a/b'].map(within)).toEqual([
      false,
      false,
      false,
    ])
  })
})

describe('comparing leases', () => {
  const many = (count: number, pattern: (i: number) => string): string[] =>
    Array.from({ length: count }, (_, i) => pattern(i))

  it('finds a thousand patterns within a thousand', () => {
    const outer: Lease = { 'fs.read': many(1_000, (i) => `/srv/projects/number-${i}/**`) }
    const inner: Lease = { 'fs.read': many(1_000, (i) => `/srv/projects/number-${i}/src/*.ts`) }
    expect(excessOf(outer, inner)).toBeUndefined()
    const last = '/srv/projects/number-1000/src/*.ts'
    expect(excessOf(outer, { 'fs.read': [...(inner['fs.read'] ?? []), last] })).toEqual({
      namespace: 'fs.read',
      pattern: last,
    })
  })

  it('finds a thousand files among a thousand patterns that begin alike', () => {
    const path = (i: number) => `/home/ada/work/project/packages/p${i % 30}/src/file-${i}.ts`
    const outer = { 'fs.read': many(1_000, (i) => `${path(i)}*`) }
    expect(excessOf(outer, { 'fs.read': many(1_000, path) })).toBeUndefined()
  })

  it('needs no steps for the patterns that are the same', () => {
    const intricate = many(1_000, (i) => `${'*a'.repeat(100)}${i}`)
    expect(excessOf({ 'tool.call': intricate }, { 'tool.call': intricate })).toBeUndefined()
  })

  it('gives up on patterns made to be intricate, which are beyond it then', () => {
    const outer = { 'tool.call': many(100, (i) => `**${'a*'.repeat(100 + i)}b`) }
    const inner = { 'tool.call': [`${'*a'.repeat(250)}*b`] }
    expect(excessOf(outer, inner)).toEqual({ namespace: 'tool.call', pattern: inner['tool.call'][0] })
  })
})
