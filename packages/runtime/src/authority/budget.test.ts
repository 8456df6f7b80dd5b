import { seededRandom } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { Budget, type Loan } from './budget'

const USD = (amount: bigint) => new Map([['USD', amount]])
const NOTHING = new Map<string, bigint>()

/** A budget within `lender` that names what it is granted. */
function slice(lender: Budget, granted: ReadonlyMap<string, bigint>): Loan {
  return lender.lend({ granted, named: granted, maxCurrencies: 4 })
}

/** A budget within `lender` that names nothing. */
function share(lender: Budget, granted = NOTHING): Loan {
  return lender.lend({ granted, named: NOTHING, maxCurrencies: 4 })
}

describe('a budget within another one', () => {
  it('has what it names set aside there; in the end what was spent is spent there, and the rest is back', () => {
    const lender = new Budget(USD(100n), 4)
    const { budget, settle } = slice(lender, USD(40n))
    expect(lender.counter('USD')).toMatchObject({ spent: 0n, reserved: 40n, remaining: 60n })
    budget.counter('USD').charge(15n)
    expect(lender.counter('USD')).toMatchObject({ spent: 0n, reserved: 40n, remaining: 60n })
    settle()
    settle()
    expect(lender.counter('USD')).toMatchObject({ spent: 15n, reserved: 0n, remaining: 85n })
  })

  it('adds all that was spent, also beyond what it had', () => {
    const lender = new Budget(USD(100n), 4)
    const { budget, settle } = slice(lender, USD(40n))
    budget.counter('USD').charge(130n)
    expect([budget.exhausted, lender.exhausted]).toEqual(['USD', undefined])
    settle()
    expect(lender.counter('USD')).toMatchObject({ spent: 130n, remaining: -30n })
  })

  it('is refused what is not left, all of it or nothing', () => {
    const lender = new Budget(new Map([...USD(100n), ['EUR', 10n]]), 4)
    const beyond = new Map([...USD(40n), ['EUR', 11n]])
    const details = { namespace: 'cost.budget', pattern: 'EUR:0.000000000011', remaining: '0.00000000001' }
    expect(() => slice(lender, beyond)).toThrow(
      expect.objectContaining({ code: 'LEASE_SUBSET_VIOLATION', details }),
    )
    expect(lender.counter('USD')).toMatchObject({ reserved: 0n, remaining: 100n })
  })

  it('charges there at once what it does not name, and has no more left than there is', () => {
    const lender = new Budget(USD(100n), 4)
    const [one, other] = [share(lender), share(lender)]
    one.budget.counter('USD').charge(70n)
    expect(lender.counter('USD')).toMatchObject({ spent: 70n, remaining: 30n })
    expect(other.budget.counter('USD')).toMatchObject({ granted: undefined, limit: 100n, remaining: 30n })
    expect(other.budget.counter('USD').setAside(31n)).toBeUndefined()
    other.budget.counter('USD').charge(30n)
    expect([one, other].map(({ budget }) => budget.exhausted)).toEqual(['USD', 'USD'])
    expect(lender.exhausted).toBe('USD')
    for (const { settle } of [one, other]) settle()
    expect(lender.counter('USD')).toMatchObject({ spent: 100n, remaining: 0n })
  })

  it('keeps within both where it is limited by somebody else', () => {
    const lender = new Budget(USD(100n), 4)
    const { budget } = share(lender, USD(30n))
    expect(budget.counter('USD').remaining).toBe(30n)
    lender.counter('USD').charge(80n)
    expect(budget.counter('USD').remaining).toBe(20n)
    budget.counter('USD').charge(20n)
    expect(lender.exhausted).toBe('USD')
  })

  it('sets aside for itself what is gone for all others, and not for it', () => {
    const lender = new Budget(USD(100n), 4)
    const [one, other] = [share(lender), share(lender)]
    const part = one.budget.counter('USD').setAside(100n)
    expect([lender, one.budget, other.budget].map(({ exhausted }) => exhausted)).toEqual([
      'USD',
      undefined,
      'USD',
    ])
    one.settle()
    part?.release()
    expect(lender.counter('USD')).toMatchObject({ reserved: 0n, spent: 0n, remaining: 100n })
  })

  it('records there what nobody limits, as long as there is room', () => {
    const lender = new Budget(USD(100n), 2)
    const { budget } = share(lender)
    budget.counter('EUR').charge(5n)
    budget.counter('JPY').charge(7n)
    expect([...lender.counters].map(([name, { spent }]) => [name, spent])).toEqual([
      ['USD', 0n],
      ['EUR', 5n],
    ])
  })
})

/** A budget in a tree of them. */
interface Node {
  readonly budget: Budget
  readonly loan: Loan | undefined
  readonly parent: Node | undefined
  /** What was spent by it and by those within it that name nothing, or have ended. */
  spent: bigint
  /** Whether it names its part of its parent's. */
  readonly isSlice: boolean
  readonly amount: bigint
  readonly kept: { readonly amount: bigint; readonly end: (actual?: bigint) => void }[]
}

it('money never drifts, whatever 10,000 orders of jobs over three levels do with it (R-AUT-8)', () => {
  const random = dice()
  for (let round = 0; round < 10_000; round++) {
    const total = BigInt(random(1_000) + 1)
    const pool: Node = nodeOf(new Budget(USD(total), 1))
    const live = [pool]
    let allSpent = 0n
    const spend = (node: Node, amount: bigint) => {
      allSpent += amount
      for (let at: Node | undefined = node; at; at = at.isSlice ? undefined : at.parent) at.spent += amount
    }
    for (let step = 0; step < 12; step++) {
      const node = live[random(live.length)] as Node
      const counter = node.budget.counter('USD')
      const amount = BigInt(random(300))
      const before = pool.budget.counter('USD').remaining as bigint
      const action = random(6)
      if (action === 0) {
        counter.charge(amount)
        spend(node, amount)
      } else if (action === 1) {
        const part = counter.setAside(amount)
        const end = (actual?: bigint) => (actual === undefined ? part?.release() : part?.settle(actual))
        if (part) node.kept.push({ amount, end })
      } else if (action === 2) {
        const [one] = node.kept.splice(random(node.kept.length || 1), 1)
        one?.end(amount)
        if (one) spend(node, amount)
      } else if (action < 5 && depthOf(node) < 3) {
        const isSlice = action === 3
        const left = counter.remaining as bigint
        try {
          const loan = isSlice ? slice(node.budget, USD(amount)) : share(node.budget)
          live.push({ ...nodeOf(loan.budget), loan, parent: node, isSlice, amount })
        } catch (error) {
          expect(error).toMatchObject({ code: 'LEASE_SUBSET_VIOLATION' })
          expect(amount > left).toBe(true)
          expect(pool.budget.counter('USD').remaining).toBe(before)
        }
      } else if (node.parent && !live.some(({ parent }) => parent === node)) {
        end(node, live)
      }
      expectExact(live)
    }
    while (live.length > 1) end(live.at(-1) as Node, live)
    const { spent, remaining, reserved } = pool.budget.counter('USD')
    const kept = pool.kept.reduce((sum, one) => sum + one.amount, 0n)
    expect({ spent, remaining, reserved }).toEqual({
      spent: allSpent,
      reserved: kept,
      remaining: total - allSpent - kept,
    })
  }
})

function nodeOf(budget: Budget): Node {
  return { budget, loan: undefined, parent: undefined, spent: 0n, isSlice: false, amount: 0n, kept: [] }
}

function depthOf({ parent }: Node): number {
  return parent ? depthOf(parent) + 1 : 1
}

/** A job ends, of those within it the last: what a slice has spent is its lender's, and of all in which that shares. */
function end(node: Node, live: Node[]): void {
  node.loan?.settle()
  live.splice(live.indexOf(node), 1)
  if (!node.isSlice) return
  for (let at = node.parent; at; at = at.isSlice ? undefined : at.parent) at.spent += node.spent
}

/** Each says what was really done with it. */
function expectExact(live: readonly Node[]): void {
  for (const node of live) {
    let held = node.kept.reduce((sum, one) => sum + one.amount, 0n)
    const inside = live.filter((one) => one !== node && isWithin(one, node))
    for (const one of inside) {
      if (one.isSlice) held += one.amount
      for (const { amount } of one.kept) if (!isSliceBetween(one, node)) held += amount
    }
    const { spent, reserved } = node.budget.counter('USD')
    if (spent !== node.spent || reserved !== held) {
      expect({ spent, reserved }).toEqual({ spent: node.spent, reserved: held })
    }
  }
}

/** Whether what `one` has set aside counts at `node`: no slice stands between them, but perhaps its own. */
function isWithin(one: Node, node: Node): boolean {
  for (let at = one.parent; at; at = at.isSlice ? undefined : at.parent) if (at === node) return true
  return false
}

function isSliceBetween(one: Node, node: Node): boolean {
  for (let at: Node | undefined = one; at && at !== node; at = at.parent) if (at.isSlice) return true
  return false
}

/** Numbers below `sides`, the same in each run. */
function dice(): (sides: number) => number {
  const random = seededRandom('loans')
  let bytes = random(65_536)
  let at = 0
  return (sides) => {
    if (at + 2 > bytes.length) {
      bytes = random(65_536)
      at = 0
    }
    const value = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)
    at += 2
    return value % sides
  }
}
