import { agent } from '@arcp/protocol'
import { describe, expect, it } from 'vitest'
import { type ImplementOptions, implement } from './implement'
import { AgentRegistry } from './registry'

const of = (name: string, version: string, options?: ImplementOptions) =>
  implement(agent({ name, version }), () => version, options)

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

describe('a version that is marked', () => {
  it('is the default, whatever else is higher; of several the one added last', () => {
    const registry = new AgentRegistry([of('a', '1.0.0', { isDefault: true }), of('a', '2.0.0')])
    expect(registry.list()).toEqual([{ name: 'a', versions: ['2.0.0', '1.0.0'], default: '1.0.0' }])
    registry.add(of('a', '0.9.0', { isDefault: true }))
    expect(registry.resolve('a').contract.version).toBe('0.9.0')
    registry.retire('a', '0.9.0')
    expect(registry.resolve('a').contract.version).toBe('1.0.0')
    registry.retire('a', '1.0.0')
    expect(registry.resolve('a').contract.version).toBe('2.0.0')
  })
})

describe('adding and retiring', () => {
  it('changes what is offered, and nothing twice', () => {
    const registry = new AgentRegistry([of('a', '1.0.0')])
    registry.add(of('a', '1.1.0'))
    expect(registry.resolve('a').contract.version).toBe('1.1.0')
    expect(() => registry.add(of('a', '1.1.0'))).toThrow(new TypeError('agent a@1.1.0 is given twice'))
    expect([registry.retire('a', '1.0.0'), registry.retire('a', '1.0.0')]).toEqual([true, false])
    expect(() => registry.resolve('a@1.0.0')).toThrow(
      expect.objectContaining({ code: 'AGENT_VERSION_NOT_AVAILABLE' }),
    )
    expect([registry.retire('a', '1.1.0'), registry.retire('b', '1.0.0')]).toEqual([true, false])
    expect(() => registry.resolve('a@1.1.0')).toThrow(
      expect.objectContaining({ code: 'AGENT_NOT_AVAILABLE' }),
    )
    expect(registry.list()).toEqual([])
  })

  it('refuses what a welcome could not list, and offers the others as before', () => {
    const registry = new AgentRegistry([of('a', '1.0.0')], 100)
    expect(() => registry.add(of('b', '1'.repeat(50)))).toThrow(TypeError)
    expect(registry.list().map(({ name }) => name)).toEqual(['a'])
    registry.add(of('b', '1'))
    expect(() => new AgentRegistry([of('b', '1'.repeat(100))], 100)).toThrow(TypeError)
  })
})

describe('an implementation', () => {
  it.each([0, -1, 0.5, Number.NaN])('refuses to run %d jobs at a time', (maxRunning) => {
    expect(() => of('a', '1', { maxRunning })).toThrow(new TypeError('maxRunning of a@1 must be at least 1'))
  })

  it('refuses an option there is none of', () => {
    const misspelt = { maxRuning: 1 } as object
    expect(() => of('a', '1', misspelt)).toThrow(new TypeError('there is no option maxRuning'))
  })
})
