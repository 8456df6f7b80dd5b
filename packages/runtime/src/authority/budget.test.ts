import { describe, expect, it } from 'vitest'
import { dice } from '../testing/dice'
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
    budget.counter('CHF').charge(9n)
    expect([...lender.counters].map(([name, { spent }]) => [name, spent])).toEqual([
      ['USD', 0n],
      ['EUR', 5n],
      ['JPY', 7n],
    ])
  })

  it('takes no room by that, and no spelling, of what is charged there later', () => {
    const lender = new Budget(USD(100n), 3)
    const { budget } = share(lender)
    for (const currency of ['eur', 'JPY', 'CHF']) budget.counter(currency).charge(5n)
    lender.counter('EUR').charge(1n)
    lender.counter('JPY').charge(1n)
    expect(() => lender.counter('CHF')).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }))
    expect([...lender.counters].map(([name, { spent }]) => [name, spent])).toEqual([
      ['USD', 0n],
      ['eur', 5n],
      ['JPY', 6n],
      ['CHF', 5n],
      ['EUR', 1n],
    ])
  })

  it('of one spelling leaves another one to others', () => {
    const lender = new Budget(USD(100n), 2)
    const [first, second, third] = [share(lender), share(lender), share(lender)]
    first.budget.counter('eur').charge(5n)
    second.budget.counter('EUR').charge(7n)
    expect(lender.counters.get('eur')?.spent).toBe(5n)
    expect(lender.counters.get('EUR')?.spent).toBe(7n)
    expect(() => third.budget.counter('usd')).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }))
  })

  it('knows a currency by the spelling of whoever limits it, however far above, and takes nothing for another', () => {
    const lender = new Budget(new Map([...USD(100n), ['EUR', 10n]]), 2)
    const middle = slice(lender, USD(50n)).budget
    const asked = new Map([...USD(20n), ['eur', 1n]])
    expect(() => slice(middle, asked)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }))
    expect(middle.counter('USD')).toMatchObject({ reserved: 0n, remaining: 50n })
  })
})

/** How a budget in a tree of them stands in one currency, by what was done with it. */
interface Purse {
  /** What was spent by it and by those within it that name nothing of this currency, or have ended. */
  spent: bigint
  /** What it names of its parent's; `undefined` where it shares that. */
  readonly slice: bigint | undefined
  readonly kept: { readonly amount: bigint; readonly end: (actual?: bigint) => void }[]
}

/** A budget in a tree of them. */
interface Node {
  readonly budget: Budget
  readonly loan: Loan | undefined
  readonly parent: Node | undefined
  readonly purses: Readonly<Record<string, Purse>>
}

const CURRENCIES = ['USD', 'EUR', 'JPY']
const LEVELS = 3

const lots = Array.from({ length: 10 }, (_, lot) => `lot ${lot}`)

it.each(lots)(
  'money never drifts, whatever 1,000 orders of charges, delegations and refunds over three levels do: %s (R-AUT-8)',
  (lot) => {
    const random = dice(`loans ${lot}`)
    for (let round = 0; round < 1_000; round++) {
      // Nobody limits the last one.
      const totals = new Map([...USD(BigInt(random(1_000) + 1)), ['EUR', BigInt(random(1_000) + 1)]])
      const pool = nodeOf(new Budget(totals, CURRENCIES.length))
      const live = [pool]
      const allSpent: Record<string, bigint> = { USD: 0n, EUR: 0n, JPY: 0n }
      for (let step = 0; step < 12; step++) {
        const node = live[random(live.length)] as Node
        const currency = CURRENCIES[random(CURRENCIES.length)] as string
        const purse = node.purses[currency] as Purse
        const counter = node.budget.counter(currency)
        const amount = BigInt(random(300))
        const spend = () => {
          allSpent[currency] = (allSpent[currency] ?? 0n) + amount
          for (const one of upToSlice(node, currency)) one.spent += amount
        }
        const action = random(6)
        if (action === 0) {
          counter.charge(amount)
          spend()
        } else if (action === 1) {
          const part = counter.setAside(amount)
          const end = (actual?: bigint) => (actual === undefined ? part?.release() : part?.settle(actual))
          if (part) purse.kept.push({ amount, end })
        } else if (action === 2) {
          const [one] = purse.kept.splice(random(purse.kept.length || 1), 1)
          const isSettled = random(2) === 0
          one?.end(isSettled ? amount : undefined)
          if (one && isSettled) spend()
        } else if (action < 5 && depthOf(node) < LEVELS) {
          delegate(node, live, random)
        } else if (node.parent && !live.some(({ parent }) => parent === node)) {
          end(node, live)
        }
        for (const one of CURRENCIES) expectExact(live, one)
      }
      while (live.length > 1) end(live.at(-1) as Node, live)
      for (const currency of CURRENCIES) {
        const { spent, remaining, reserved, granted } = pool.budget.counter(currency)
        const kept = sumOf(pool.purses[currency]?.kept ?? [])
        const left = granted === undefined ? undefined : granted - spent - kept
        if (spent === allSpent[currency] && reserved === kept && remaining === left) continue
        const right = { spent: allSpent[currency], reserved: kept, remaining: left }
        expect({ spent, reserved, remaining }, currency).toEqual(right)
      }
    }
  },
)

/** Hands on a random part of each of some currencies, all of them or none. */
function delegate(node: Node, live: Node[], random: (sides: number) => number): void {
  const named = new Map<string, bigint>()
  for (const currency of CURRENCIES) if (random(2) === 0) named.set(currency, BigInt(random(300)))
  const standing = () => CURRENCIES.map((currency) => node.budget.counter(currency).remaining)
  const before = standing()
  const isLeft = [...named].every(([currency, amount]) => {
    const { remaining } = node.budget.counter(currency)
    return remaining === undefined || amount <= remaining
  })
  try {
    const loan = node.budget.lend({ granted: named, named, maxCurrencies: CURRENCIES.length })
    live.push(nodeOf(loan.budget, { loan, parent: node, named }))
    if (!isLeft) expect.unreachable('more was lent than is left')
  } catch (error) {
    const isAsBefore = before.every((left, i) => left === standing()[i])
    if ((error as { code?: string }).code !== 'LEASE_SUBSET_VIOLATION' || isLeft || !isAsBefore) throw error
  }
}

function nodeOf(
  budget: Budget,
  { loan, parent, named }: { loan?: Loan; parent?: Node; named?: ReadonlyMap<string, bigint> } = {},
): Node {
  const purseOf = (currency: string): Purse => ({ spent: 0n, slice: named?.get(currency), kept: [] })
  const purses = Object.fromEntries(CURRENCIES.map((currency) => [currency, purseOf(currency)]))
  return { budget, loan, parent, purses }
}

function depthOf({ parent }: Node): number {
  return parent ? depthOf(parent) + 1 : 1
}

/** A purse, and those above that what is done with it counts at, at once: up to where a part of its own begins. */
function* upToSlice(node: Node | undefined, currency: string): Iterable<Purse> {
  for (let at = node; at; at = at.parent) {
    const purse = at.purses[currency] as Purse
    yield purse
    if (purse.slice !== undefined) return
  }
}

/** A job ends, of those within it the last: what it has spent of a part of its own is its lender's spending. */
function end(node: Node, live: Node[]): void {
  node.loan?.settle()
  live.splice(live.indexOf(node), 1)
  for (const [currency, { slice, spent }] of Object.entries(node.purses)) {
    if (slice === undefined) continue
    for (const one of upToSlice(node.parent, currency)) one.spent += spent
  }
}

/** Each says what was really done with it, and comes to what was granted. */
function expectExact(live: readonly Node[], currency: string): void {
  const held = new Map<Purse, bigint>()
  const hold = (node: Node | undefined, amount: bigint) => {
    for (const purse of upToSlice(node, currency)) held.set(purse, (held.get(purse) ?? 0n) + amount)
  }
  for (const node of live) {
    const { slice, kept } = node.purses[currency] as Purse
    hold(node, sumOf(kept))
    if (slice !== undefined) hold(node.parent, slice)
  }
  for (const node of live) {
    const purse = node.purses[currency] as Purse
    const { spent, reserved, granted, remaining = 0n } = node.budget.counter(currency)
    const total = granted === undefined ? undefined : spent + reserved + remaining
    if (spent === purse.spent && reserved === held.get(purse) && total === granted) continue
    expect({ currency, spent, reserved, total }).toEqual({
      currency,
      spent: purse.spent,
      reserved: held.get(purse),
      total: granted,
    })
  }
}

function sumOf(parts: readonly { readonly amount: bigint }[]): bigint {
  return parts.reduce((sum, { amount }) => sum + amount, 0n)
}
