import { describe, expect, it } from 'vitest'
import { Numbering } from './numbering'

/** Numbers `count` events of each owner in turn, `rounds` times over. */
function numbered(kept: number, owners: readonly string[], rounds: number, count = 1) {
  const numbering = new Numbering<string>(kept)
  const next = new Map(owners.map((owner) => [owner, 1]))
  for (let round = 0; round < rounds; round++) {
    for (const owner of owners) {
      for (let i = 0; i < count; i++) {
        const seq = next.get(owner) ?? 1
        numbering.next(owner, seq)
        next.set(owner, seq + 1)
      }
    }
  }
  return numbering
}

/** How far an acknowledgement reaches in each log. */
function taken(numbering: Numbering<string>, eventSeq: number): Record<string, number> {
  const reached: Record<string, number> = {}
  numbering.acknowledge(eventSeq, (owner, seq) => {
    reached[owner] = seq
  })
  return reached
}

describe('the numbers of a session', () => {
  it('lead from an acknowledgement to a place in each log', () => {
    const numbering = numbered(0, ['a', 'b'], 3, 2)
    expect(numbering.lastEventSeq).toBe(12)
    expect(taken(numbering, 3)).toEqual({ a: 2, b: 1 })
    expect(taken(numbering, 3), 'once').toEqual({})
    expect(taken(numbering, 2), 'never back').toEqual({})
    expect(taken(numbering, 9)).toEqual({ b: 4, a: 5 })
    expect(taken(numbering, 12)).toEqual({ a: 6, b: 6 })
    expect(numbering.next('a', 7)).toBe(13)
    expect(taken(numbering, 13)).toEqual({ a: 7 })
  })

  it('R-MEM-2 leave nothing behind of what was acknowledged, however the jobs take turns', () => {
    const numbering = numbered(0, ['a', 'b'], 10_000)
    expect(numbering.runCount).toBe(20_000)
    taken(numbering, 20_000)
    expect(numbering.runCount).toBe(0)
    for (let seq = 10_001; seq <= 20_000; seq++) {
      for (const owner of ['a', 'b']) numbering.next(owner, seq)
      taken(numbering, numbering.lastEventSeq - 10)
      expect(numbering.runCount).toBeLessThanOrEqual(10 + 64)
    }
  })

  it('R-MEM-2 are one stretch for one job, acknowledged or not', () => {
    const numbering = numbered(0, ['a'], 1, 100_000)
    expect(numbering.runCount).toBe(1)
    taken(numbering, 99_999)
    expect(numbering.runCount).toBe(1)
    numbering.next('a', 100_001)
    expect(taken(numbering, 100_001)).toEqual({ a: 100_001 })
    expect(numbering.runCount).toBe(0)
  })

  it('are never forgotten before they are acknowledged', () => {
    const numbering = numbered(0, ['a', 'b'], 5_000)
    taken(numbering, 1_000)
    expect(numbering.runsAfter(1_000)).toHaveLength(9_000)
    expect(taken(numbering, 10_000)).toEqual({ a: 5_000, b: 5_000 })
  })

  it('are kept for a while where they are told to be', () => {
    const numbering = numbered(100, ['a', 'b'], 5_000)
    taken(numbering, 10_000)
    expect(numbering.runCount).toBeLessThanOrEqual(164)
    expect(numbering.runsAfter(9_900)).toHaveLength(100)
    expect(numbering.runsAfter(5_000)).toBeUndefined()
  })

  it('say what came after one of them, or that they do not know any more', () => {
    const numbering = numbered(0, ['a', 'b'], 2, 3)
    taken(numbering, 6)
    expect(numbering.runsAfter(12)).toEqual([])
    expect(numbering.runsAfter(7)).toEqual([
      { owner: 'a', firstEventSeq: 8, firstSeq: 5, count: 2 },
      { owner: 'b', firstEventSeq: 10, firstSeq: 4, count: 3 },
    ])
    taken(numbering, 12)
    expect(numbering.runsAfter(12)).toEqual([])
    expect(numbering.runsAfter(11)).toBeUndefined()
  })

  it('are acknowledged from where a client says it is, also where that is further back', () => {
    const numbering = numbered(100, ['a', 'b'], 2, 3)
    taken(numbering, 11)
    numbering.moveTo(4)
    expect(taken(numbering, 8)).toEqual({ b: 3, a: 5 })
    numbering.moveTo(11)
    expect(taken(numbering, 12)).toEqual({ b: 6 })
    numbering.moveTo(12)
    expect(numbering.next('b', 7)).toBe(13)
    expect(taken(numbering, 13)).toEqual({ b: 7 })
  })

  it('go on after any number where a client has said it for each job', () => {
    const numbering = numbered(0, ['a'], 1, 5)
    numbering.restart(3)
    expect(numbering.next('a', 4)).toBe(4)
    expect(numbering.runsAfter(2)).toBeUndefined()
    expect(taken(numbering, 4)).toEqual({ a: 4 })
  })
})
