import { describe, expect, it } from 'vitest'
import { Tally } from './tally'

const full = (reason: string, limit: number) =>
  expect.objectContaining({
    code: 'INTERNAL_ERROR',
    retryable: true,
    details: { reason, limit, retry_after_ms: 1_000 },
  })

describe('a tally', () => {
  it('R-SEC-6: refuses what is too much for one principal, and takes it from another', () => {
    const tally = new Tally({ reason: 'things', all: 5, perPrincipal: 3 })
    tally.add('ada', 3)
    expect(() => tally.check('ada')).toThrow(full('things_per_principal', 3))
    expect(() => tally.check('bob', 2)).not.toThrow()
    expect(() => tally.check('bob', 3)).toThrow(full('things', 5))
  })

  it('counts what is there now, not what ever was (R-MEM-3)', () => {
    const tally = new Tally({ reason: 'things', all: 2, perPrincipal: 1 })
    for (let i = 0; i < 10; i++) {
      tally.check('ada')
      tally.add('ada')
      tally.subtract('ada')
    }
    expect([tally.all, tally.of('ada')]).toEqual([0, 0])
  })
})
