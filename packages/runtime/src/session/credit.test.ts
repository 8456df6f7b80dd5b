import { describe, expect, it } from 'vitest'
import { heapUsed } from '../testing/heap'
import { Credit } from './credit'

/** Spends on events of these sizes as far as the credit reaches; returns how many that were. */
function spendOn(credit: Credit, sizes: readonly number[]): number {
  let spent = 0
  for (const size of sizes) {
    if (!credit.allows(size)) break
    credit.spend(size)
    spent++
  }
  return spent
}

describe('credit', () => {
  it('reaches as far as the window, in events', () => {
    const credit = new Credit({ events: 3, bytes: 1_000 }, 0)
    expect(spendOn(credit, [1, 1, 1, 1])).toBe(3)
    expect(credit.earn(2)).toBe(true)
    expect(spendOn(credit, [1, 1, 1])).toBe(2)
  })

  it('reaches as far as the window, in bytes, and not beyond it', () => {
    const credit = new Credit({ events: 100, bytes: 100 }, 0)
    expect(spendOn(credit, [40, 40, 20, 1])).toBe(3)
    credit.earn(1)
    expect([credit.allows(41), credit.allows(40)]).toEqual([false, true])
  })

  it('covers an event larger than the window when nothing else is under way', () => {
    const credit = new Credit({ events: 100, bytes: 100 }, 0)
    credit.spend(1)
    expect(credit.allows(500)).toBe(false)
    credit.earn(1)
    expect(credit.allows(500)).toBe(true)
    credit.spend(500)
    expect([credit.allows(0), credit.allows(1)]).toEqual([false, false])
    credit.earn(2)
    expect(credit.allows(500)).toBe(true)
  })

  it('counts from the number that was acknowledged before', () => {
    const credit = new Credit({ events: 2, bytes: 100 }, 10)
    expect(spendOn(credit, [1, 1, 1])).toBe(2)
    expect([credit.earn(10), credit.allows(1)]).toEqual([false, false])
    expect([credit.earn(11), credit.allows(1)]).toEqual([true, true])
    expect(credit.earn(11)).toBe(false)
  })

  it('comes out even after a hundred thousand events of every size, acknowledged in every stride', () => {
    const credit = new Credit({ events: 2_000, bytes: 50_000 }, 0)
    let sent = 0
    let acknowledged = 0
    while (sent < 100_000) {
      while (credit.allows(sent % 97)) {
        credit.spend(sent % 97)
        sent++
      }
      acknowledged += 1 + (sent % (sent - acknowledged))
      credit.earn(acknowledged)
    }
    credit.earn(sent)
    expect(spendOn(credit, Array(3_000).fill(25)), 'the whole window again').toBe(2_000)
  })

  it('R-MEM-2 keeps nothing of what was acknowledged', () => {
    const credit = new Credit({ events: 2_000, bytes: 1_000_000 }, 0)
    const before = heapUsed()
    for (let seq = 1; seq <= 1_000_000; seq++) {
      credit.spend(seq % 100)
      if (seq > 100) credit.earn(seq - 100)
    }
    expect((heapUsed() - before) / 1_000_000, 'bytes for each event').toBeLessThan(1)
    expect(credit.allows(1)).toBe(true)
  })
})
