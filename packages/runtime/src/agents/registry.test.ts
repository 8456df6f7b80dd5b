import { agent } from '@arcp/protocol'
import { describe, expect, it } from 'vitest'
import { implement } from './implement'
import { AgentRegistry } from './registry'

const of = (name: string, version: string) => implement(agent({ name, version }), () => version)

describe('a registry', () => {
  const registry = new AgentRegistry([
    of('b', '1.9.0'),
    of('b', '1.10.0'),
    of('b', '1.10.0-rc.1'),
    of('b', '1.10.0+build.2'),
    of('b', 'nightly'),
    of('a', 'first'),
    of('a', 'second'),
  ])

  it('lists agents by name, versions newest first, those without SemVer last', () => {
    expect(registry.list()).toEqual([
      { name: 'a', versions: ['second', 'first'], default: 'second' },
      {
        name: 'b',
        versions: ['1.10.0+build.2', '1.10.0', '1.10.0-rc.1', '1.9.0', 'nightly'],
        default: '1.10.0+build.2',
      },
    ])
  })

  it.each([
    ['a', 'second'],
    ['a@first', 'first'],
    ['b', '1.10.0+build.2'],
    ['b@1.10.0', '1.10.0'],
    ['b@nightly', 'nightly'],
  ])('finds %s in version %s', (reference, version) => {
    expect(registry.resolve(reference).contract.version).toBe(version)
  })

  it.each([
    ['c', 'AGENT_NOT_AVAILABLE'],
    ['c@1.0.0', 'AGENT_NOT_AVAILABLE'],
    ['a@third', 'AGENT_VERSION_NOT_AVAILABLE'],
    ['b@1.9', 'AGENT_VERSION_NOT_AVAILABLE'],
    ['b@', 'INVALID_REQUEST'],
    ['B', 'INVALID_REQUEST'],
    ['b@1@2', 'INVALID_REQUEST'],
    ['', 'INVALID_REQUEST'],
  ])('refuses %j with %s', (reference, code) => {
    expect(() => registry.resolve(reference)).toThrow(expect.objectContaining({ code }))
  })

  it('takes no name and version twice', () => {
    expect(() => new AgentRegistry([of('a', '1'), of('b', '1'), of('a', '1')])).toThrow(
      new TypeError('agent a@1 is given twice'),
    )
  })
})
