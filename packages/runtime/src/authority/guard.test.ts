import { PermissionDeniedError } from '@arcp/protocol'
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
  const job = { isOver: false }
  const guard = new Guard({
    lease,
    countdown,
    budget,
    onDecision: (...decision) => void decisions.push(decision),
    isOver: () => job.isOver,
  })
  const check = (namespace: string, target: string) => guard.check({ namespace, target })
  return { guard, check, clock, budget, decisions, job }
}

describe('a guard', () => {
  it('lets happen what the lease covers, and denies everything else (R-AUT-4)', () => {
    const { check, decisions } = guarded({ 'tool.call': ['search.*'], 'fs.read': ['/data/**'] })
    check('tool.call', 'search.web')
    check('fs.read', '/data/a/b')
    expect(() => check('fs.write', '/data/a')).toThrow('the lease does not grant fs.write for "/data/a"')
    expect(() => check('tool.call', 'constructor')).toThrow(/does not grant/)
    expect(() => check('constructor', 'a')).toThrow(/does not grant/)
    expect(decisions.map(([namespace, , code]) => [namespace, code])).toEqual([
      ['tool.call', undefined],
      ['fs.read', undefined],
      ['fs.write', 'PERMISSION_DENIED'],
      ['tool.call', 'PERMISSION_DENIED'],
      ['constructor', 'PERMISSION_DENIED'],
    ])
  })

  it('looks at the time first, then at the money, then at the lease', () => {
    const { check, clock, budget } = guarded({ 'tool.call': ['t'] })
    const codeOf = (target: string) => {
      try {
        check('tool.call', target)
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

  it.each<[string, (it: ReturnType<typeof guarded>) => unknown]>([
    ['what the lease does not cover', ({ check }) => check('tool.call', 'u')],
    [
      'what is refused for another reason',
      ({ guard }) =>
        guard.decide(
          { namespace: 'fs.read', target: '/a' },
          () => new PermissionDeniedError('another reason'),
        ),
    ],
    [
      'what the lease covers, once the job has ended',
      ({ check, job }) => {
        job.isOver = true
        check('tool.call', 't')
      },
    ],
  ])('says of %s first that the time is over, then that the money is spent', (_, act) => {
    const it = guarded({ 'tool.call': ['t'] })
    const codeOf = () => {
      try {
        act(it)
        return undefined
      } catch (error) {
        return (error as { code: string }).code
      }
    }
    const codes = [codeOf()]
    it.budget.counter('USD').charge(10n)
    codes.push(codeOf())
    it.clock.advance(1_000)
    codes.push(codeOf())
    expect(codes).toEqual(['PERMISSION_DENIED', 'BUDGET_EXHAUSTED', 'LEASE_EXPIRED'])
    expect(it.decisions.map(([, , code]) => code)).toEqual(codes)
  })

  it('lets what has begun go on until its time is over or the job has ended, whatever is spent meanwhile', () => {
    const { guard, clock, budget, decisions, job } = guarded({})
    const goOn = () => guard.checkLasting({ namespace: 'fs.read', target: '/a' })
    budget.counter('USD').charge(10n)
    goOn()
    expect(decisions).toEqual([])
    job.isOver = true
    expect(goOn).toThrow('the job has ended, and its lease with it')
    clock.advance(1_000)
    expect(goOn).toThrow('the lease has ended')
    expect(decisions).toEqual([
      ['fs.read', '/a', 'PERMISSION_DENIED'],
      ['fs.read', '/a', 'LEASE_EXPIRED'],
    ])
  })

  it('says which currency is used up', () => {
    const { check, budget } = guarded({ 'tool.call': ['t'] })
    budget.counter('EUR').charge(1_000n)
    check('tool.call', 't')
    budget.counter('USD').charge(11n)
    expect(() => check('tool.call', 't')).toThrow(
      expect.objectContaining({ details: { namespace: 'tool.call', target: 't', currency: 'USD' } }),
    )
  })

  it('counts what a job has set aside for itself as there, and what it has lent as gone', () => {
    const { check, budget } = guarded({ 'tool.call': ['t'] })
    const counter = budget.counter('USD')
    const own = counter.setAside(10n)
    check('tool.call', 't')
    own?.release()
    counter.setAside(10n, { lent: true })
    expect(() => check('tool.call', 't')).toThrow(/used up/)
  })

  it('tells nobody the secrets of a URL, and no text without end', () => {
    const { check, decisions } = guarded({})
    const refused = (target: string) => {
      expect(() => check('net.fetch', target)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('secret') }),
      )
      return decisions.at(-1)?.[1]
    }
    expect(refused('https://ada:secret@api.example.com:8443/v1?key=secret#secret')).toBe(
      'https://api.example.com:8443/v1',
    )
    expect(refused('https://hooks.example/services/team-7/0123456789secret4567/send')).toBe(
      'https://hooks.example/services/team-7/…/send',
    )
    expect(refused('https://a.example/a-name-that-is-rather-long/v2')).toBe(
      'https://a.example/a-name-that-is-rather-long/v2',
    )
    expect(refused('data:text/plain,secret')).toBe('data:')
    expect(refused('/no/url?key=secret')).toBe('(not a URL)')
    expect(refused(`https://a.example/${'x'.repeat(5_000)}`)).toHaveLength(1_025)
  })

  it('says why a wildcard was not enough', () => {
    const { check } = guarded({ 'net.fetch': ['**'] })
    expect(() => check('net.fetch', 'http://localhost:8080/')).toThrow(
      'the lease does not grant net.fetch for "http://localhost:8080/": its host is not public, so a pattern has to name it',
    )
  })

  it('covers no target that is longer than what it looks at', () => {
    const { check } = guarded({ 'tool.call': ['**'] })
    check('tool.call', 'x'.repeat(16_384))
    expect(() => check('tool.call', 'x'.repeat(16_385))).toThrow(/does not grant/)
  })
})
