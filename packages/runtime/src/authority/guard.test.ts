import { TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { Budget } from './budget'
import { Countdown } from './countdown'
import { Guard } from './guard'

/** A guard whose decisions are kept, and what decides them. */
function guarded(lease: Record<string, string[]>) {
  const clock = new TestClock()
  const countdown = new Countdown(clock, 1_000)
  const budget = new Budget(new Map([['USD', 10n]]), 4)
  const decisions: (string | undefined)[][] = []
  const guard = new Guard({
    lease,
    countdown,
    budget,
    onDecision: (...decision) => void decisions.push(decision),
  })
  return { guard, clock, budget, decisions }
}

describe('a guard', () => {
  it('lets happen what the lease covers, and denies everything else (R-AUT-4)', () => {
    const { guard, decisions } = guarded({ 'tool.call': ['search.*'], 'fs.read': ['/data/**'] })
    guard.check('tool.call', 'search.web')
    guard.check('fs.read', '/data/a/b')
    expect(() => guard.check('fs.write', '/data/a')).toThrow(
      'the lease does not grant fs.write for "/data/a"',
    )
    expect(() => guard.check('tool.call', 'constructor')).toThrow(/does not grant/)
    expect(() => guard.check('constructor', 'a')).toThrow(/does not grant/)
    expect(decisions.map(([namespace, , code]) => [namespace, code])).toEqual([
      ['tool.call', undefined],
      ['fs.read', undefined],
      ['fs.write', 'PERMISSION_DENIED'],
      ['tool.call', 'PERMISSION_DENIED'],
      ['constructor', 'PERMISSION_DENIED'],
    ])
  })

  it('looks at the time first, then at the money, then at the lease', () => {
    const { guard, clock, budget } = guarded({ 'tool.call': ['t'] })
    const codeOf = (target: string) => {
      try {
        guard.check('tool.call', target)
        return undefined
      } catch (error) {
        return (error as { code: string }).code
      }
    }
    expect([codeOf('t'), codeOf('u')]).toEqual([undefined, 'PERMISSION_DENIED'])
    budget.counter('USD').charge(10n)
    expect([codeOf('t'), codeOf('u')]).toEqual(['BUDGET_EXHAUSTED', 'BUDGET_EXHAUSTED'])
    clock.advance(999.5)
    expect(codeOf('t')).toBe('BUDGET_EXHAUSTED')
    clock.advance(0.5)
    expect([codeOf('t'), codeOf('u')]).toEqual(['LEASE_EXPIRED', 'LEASE_EXPIRED'])
  })

  it('says which currency is used up', () => {
    const { guard, budget } = guarded({ 'tool.call': ['t'] })
    budget.counter('EUR').charge(1_000n)
    guard.check('tool.call', 't')
    budget.counter('USD').charge(11n)
    expect(() => guard.check('tool.call', 't')).toThrow(
      expect.objectContaining({ details: { namespace: 'tool.call', target: 't', currency: 'USD' } }),
    )
  })

  it('counts what a job has set aside for itself as there, and what it has lent as gone', () => {
    const { guard, budget } = guarded({ 'tool.call': ['t'] })
    const counter = budget.counter('USD')
    const own = counter.setAside(10n)
    guard.check('tool.call', 't')
    own?.release()
    counter.setAside(10n, { lent: true })
    expect(() => guard.check('tool.call', 't')).toThrow(/used up/)
  })

  it('tells nobody the secrets of a URL, and no text without end', () => {
    const { guard, decisions } = guarded({})
    const refused = (target: string) => {
      expect(() => guard.check('net.fetch', target)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('secret') }),
      )
      return decisions.at(-1)?.[1]
    }
    expect(refused('https://ada:secret@api.example.com:8443/v1?key=secret#secret')).toBe(
      'https://api.example.com:8443/v1',
    )
    expect(refused('data:text/plain,secret')).toBe('data:')
    expect(refused('/no/url?key=secret')).toBe('(not a URL)')
    expect(refused(`https://a.example/${'x'.repeat(5_000)}`)).toHaveLength(1_025)
  })

  it('covers no target that is longer than what it looks at', () => {
    const { guard } = guarded({ 'tool.call': ['**'] })
    guard.check('tool.call', 'x'.repeat(16_384))
    expect(() => guard.check('tool.call', 'x'.repeat(16_385))).toThrow(/does not grant/)
  })
})
