import { type Amount, parseAmount } from '@arcp/protocol/lease'
import { TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { dice } from '../testing/dice'
import { expectNoUnhandled } from '../testing/unhandled'
import { Budget } from './budget'
import { Countdown } from './countdown'
import { Guard } from './guard'
import { type Reservation, Spending } from './spending'

expectNoUnhandled()

/** A job's money, and the metrics that told of it. */
function purse(
  granted: Record<string, string>,
  {
    currencies = 4,
    reservations = 10,
    budget = new Budget(amountsOf(granted), currencies),
  }: { currencies?: number; reservations?: number; budget?: Budget } = {},
) {
  const metrics: Record<string, unknown>[] = []
  const decisions: unknown[] = []
  const charged: string[] = []
  let isOver = false
  const clock = new TestClock()
  const spending = new Spending({
    guard: new Guard({
      lease: {},
      countdown: new Countdown(clock, 1_000),
      budget,
      onDecision: (...decision) => void decisions.push(decision),
      isOver: () => isOver,
    }),
    onCharge: (currency, amount) => void charged.push(`${currency} ${amount}`),
    budget,
    emitter: {
      append: (_, body) => void metrics.push({ ...body }),
      emitText: async (_, rest) => void metrics.push(JSON.parse(`{${rest}`)),
      fits: (_, body) => body.length < 1_000,
    },
    maxReservations: reservations,
    isOver: () => isOver,
  })
  const end = () => {
    isOver = true
  }
  return {
    spending,
    clock,
    budget,
    metrics,
    decisions,
    charged,
    end,
    told: () => metrics.splice(0).map(({ name, value }) => [name, value]),
  }
}

function amountsOf(granted: Record<string, string>): ReadonlyMap<string, Amount> {
  return new Map(Object.entries(granted).map(([name, text]) => [name, amountOf(text)]))
}

function amountOf(value: string | number): Amount {
  return parseAmount(value) as Amount
}

describe('a charge', () => {
  it('is exact, however it is written (R-AUT-8)', async () => {
    const { spending } = purse({ USD: '0.3' })
    await spending.spend('USD', 0.1)
    await spending.spend('USD', '0.20')
    expect(spending.lines()).toEqual({ USD: { granted: '0.3', spent: '0.3', reserved: '0', remaining: '0' } })
    await spending.spend('USD', 1e-12)
    expect(spending.lines().USD).toMatchObject({ spent: '0.300000000001', remaining: '-0.000000000001' })
  })

  it('is told by a metric of its name, currency and dimensions', async () => {
    const { spending, metrics, charged } = purse({})
    await spending.spend('USD', '0.25')
    await spending.spend('x.credits', 3, { name: 'tokens.input', dimensions: { model: 'm' } })
    expect(charged).toEqual(['USD 0.25', 'x.credits 3'])
    expect(metrics).toEqual([
      { name: 'cost.spend', value: 0.25, unit: 'USD' },
      { name: 'cost.tokens.input', value: 3, unit: 'x.credits', dimensions: { model: 'm' } },
    ])
  })

  it('is only recorded where nothing limits it', async () => {
    const { spending, told } = purse({ EUR: '1' })
    await spending.spend('USD', '1000')
    expect(spending.lines()).toEqual({
      EUR: { granted: '1', spent: '0', reserved: '0', remaining: '1' },
      USD: { spent: '1000', reserved: '0' },
    })
    expect(told()).toEqual([['cost.spend', 1000]])
    spending.tellRemaining()
    expect(told()).toEqual([['cost.budget.remaining', 1]])
  })

  it.each([
    ['a negative amount', 'USD', -1, {}],
    ['an amount finer than 12 decimals', 'USD', '0.0000000000001', {}],
    ['a tiny number', 'USD', 1e-13, {}],
    ['an endless amount', 'USD', Number.POSITIVE_INFINITY, {}],
    ['no number', 'USD', Number.NaN, {}],
    ['no amount', 'USD', 'much', {}],
    ['an amount beyond all measure', 'USD', 1e15, {}],
    ['no currency', '$', 1, {}],
    ['nothing by name', undefined as never, 1, {}],
    ['nothing by amount', 'USD', [1] as never, {}],
    ['a currency too many', 'JPY', 1, {}],
    ['a name that is none', 'USD', 1, { name: 'a b' }],
    ['the name of what is left', 'USD', 1, { name: 'budget.remaining' }],
    ['dimensions that are none', 'USD', 1, { dimensions: { a: 1 as never } }],
    ['dimensions beyond a frame', 'USD', 1, { dimensions: { a: 'a'.repeat(1_000) } }],
  ])('of %s is INVALID_REQUEST, and nothing is charged', async (_, currency, amount, options) => {
    const { spending, metrics } = purse({ USD: '10', EUR: '10' }, { currencies: 2 })
    const before = spending.lines()
    await expect(spending.spend(currency, amount, options)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    expect(spending.lines()).toEqual(before)
    expect(metrics).toEqual([])
  })

  it('takes null for no options', async () => {
    const { spending, metrics } = purse({ USD: '100' })
    await spending.spend('USD', '1', null as never)
    await spending.reserve('USD', '1').settle('2', null as never)
    expect(metrics).toMatchObject([{ name: 'cost.spend' }, { name: 'cost.spend' }])
  })

  it('is of a currency in one spelling only', async () => {
    const { spending, metrics } = purse({ USD: '10' })
    await spending.spend('credits', 1)
    metrics.splice(0)
    for (const [currency, known] of [
      ['usd', 'USD'],
      ['Credits', 'credits'],
    ] as const) {
      const refused = { code: 'INVALID_REQUEST', message: `currency: expected ${known}, as before` }
      await expect(spending.spend(currency, 1)).rejects.toMatchObject(refused)
      expect(() => spending.reserve(currency, 1)).toThrow(expect.objectContaining(refused))
    }
    expect(Object.keys(spending.lines())).toEqual(['USD', 'credits'])
    expect(metrics).toEqual([])
  })

  it('is refused once the job has ended', async () => {
    const { spending, end, metrics } = purse({ USD: '10' })
    const open = spending.reserve('USD', 1)
    end()
    await expect(spending.spend('USD', 1)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    await expect(open.settle(1)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    expect(() => spending.reserve('USD', 1)).toThrow('the job has ended')
    expect(metrics).toEqual([])
  })
})

describe('what is left', () => {
  it('is told after a charge that moved it by a twentieth of what was granted', async () => {
    const { spending, told } = purse({ USD: '100' })
    await spending.spend('USD', '4.999999')
    expect(told()).toEqual([['cost.spend', 4.999999]])
    await spending.spend('USD', 5)
    expect(told()).toEqual([
      ['cost.spend', 5],
      ['cost.budget.remaining', 90.000001],
    ])
  })

  it('is told after small charges that together moved it as far', async () => {
    const { spending, told } = purse({ USD: '100' })
    for (let i = 0; i < 4; i++) await spending.spend('USD', '1.25')
    expect(told().slice(3)).toEqual([
      ['cost.spend', 1.25],
      ['cost.budget.remaining', 95],
    ])
  })

  it('is told when it comes to zero or below', async () => {
    const { spending, told } = purse({ USD: '100' })
    await spending.spend('USD', 99)
    told()
    await spending.spend('USD', '0.5')
    expect(told()).toEqual([['cost.spend', 0.5]])
    await spending.spend('USD', '0.75')
    expect(told()).toEqual([
      ['cost.spend', 0.75],
      ['cost.budget.remaining', -0.25],
    ])
  })

  it('is told when a settlement brings it back above zero', async () => {
    const { spending, told } = purse({ USD: '100' })
    await spending.spend('USD', 98)
    const rest = spending.reserve('USD', 2)
    told()
    await rest.settle('1.5')
    expect(told()).toEqual([
      ['cost.spend', 1.5],
      ['cost.budget.remaining', 0.5],
    ])
  })

  it('is told when it is zero or below by now, and was above when it was last told', async () => {
    const { spending, told } = purse({ USD: '100' })
    await spending.spend('USD', 98)
    spending.reserve('USD', 2)
    told()
    await spending.spend('USD', '0.5')
    expect(told()).toEqual([
      ['cost.spend', 0.5],
      ['cost.budget.remaining', -0.5],
    ])
    await spending.spend('USD', '0.5')
    expect(told()).toEqual([['cost.spend', 0.5]])
  })

  it('is told by what was granted above, where the job itself was granted nothing', async () => {
    const pool = new Budget(new Map([['USD', amountOf('100')]]), 4)
    const { budget } = pool.lend({ granted: new Map(), named: new Map(), maxCurrencies: 4 })
    const { spending, told } = purse({}, { budget })
    await spending.spend('USD', 4)
    expect(told()).toEqual([['cost.spend', 4]])
    await spending.spend('USD', 1)
    expect(told()).toEqual([
      ['cost.spend', 1],
      ['cost.budget.remaining', 95],
    ])
  })

  it('is told of every currency that is limited, last of all', async () => {
    const { spending, told } = purse({ USD: '1', EUR: '0.5' })
    spending.tellRemaining()
    expect(told()).toEqual([
      ['cost.budget.remaining', 1],
      ['cost.budget.remaining', 0.5],
    ])
  })
})

describe('a reservation', () => {
  it('is less of what is left, until it is settled for what it came to', async () => {
    const { spending, told } = purse({ USD: '10' })
    const part = spending.reserve('USD', '6')
    expect(spending.lines().USD).toMatchObject({ spent: '0', reserved: '6', remaining: '4' })
    await part.settle('2.5', { name: 'tokens' })
    expect(spending.lines().USD).toMatchObject({ spent: '2.5', reserved: '0', remaining: '7.5' })
    expect(told()).toEqual([
      ['cost.tokens', 2.5],
      ['cost.budget.remaining', 7.5],
    ])
  })

  it('beyond what is left is BUDGET_EXHAUSTED', () => {
    const { spending, decisions } = purse({ USD: '10' })
    spending.reserve('USD', 6)
    expect(() => spending.reserve('USD', '4.000001')).toThrow(
      expect.objectContaining({ code: 'BUDGET_EXHAUSTED', details: { currency: 'USD', remaining: '4' } }),
    )
    expect(spending.lines().USD).toMatchObject({ reserved: '6' })
    expect(decisions).toEqual([
      ['cost.budget', 'USD:6', undefined],
      ['cost.budget', 'USD:4.000001', 'BUDGET_EXHAUSTED'],
    ])
  })

  it('is denied by time and money in the order of every operation', () => {
    const { spending, clock, decisions, end } = purse({ USD: '10', EUR: '1' })
    const codeOf = (amount: number) => {
      try {
        spending.reserve('USD', amount)
        return undefined
      } catch (error) {
        return (error as { code: string }).code
      }
    }
    const codes = [codeOf(1), codeOf(10)]
    void spending.spend('EUR', 1)
    codes.push(codeOf(1))
    end()
    codes.push(codeOf(1))
    clock.advance(1_000)
    codes.push(codeOf(1), codeOf(10))
    expect(codes).toEqual([
      undefined,
      'BUDGET_EXHAUSTED',
      'BUDGET_EXHAUSTED',
      'BUDGET_EXHAUSTED',
      'LEASE_EXPIRED',
      'LEASE_EXPIRED',
    ])
    expect(decisions.map((decision) => (decision as unknown[])[2])).toEqual(codes)
    expect(spending.lines().USD).toMatchObject({ reserved: '1' })
  })

  it('that is released is as if it had never been, and a second time nothing', async () => {
    const { spending, metrics } = purse({ USD: '10' })
    const part = spending.reserve('USD', 6)
    part.release()
    part.release()
    await expect(part.settle(1)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    expect(spending.lines().USD).toMatchObject({ spent: '0', reserved: '0', remaining: '10' })
    expect(metrics).toEqual([])
  })

  it('that is settled badly stays open', async () => {
    const { spending } = purse({ USD: '10' })
    const part = spending.reserve('USD', 6)
    await expect(part.settle(-1)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    expect(spending.lines().USD).toMatchObject({ reserved: '6' })
    await part.settle(7)
    await expect(part.settle(7)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    expect(spending.lines().USD).toMatchObject({ spent: '7', reserved: '0', remaining: '3' })
  })

  it('is one of a limited number', async () => {
    const { spending } = purse({}, { reservations: 2 })
    const parts = [spending.reserve('USD', 1), spending.reserve('USD', 1)]
    expect(() => spending.reserve('USD', 1)).toThrow(
      expect.objectContaining({ code: 'INTERNAL_ERROR', details: { reason: 'reservations', limit: 2 } }),
    )
    parts[0]?.release()
    await parts[1]?.settle(1)
    spending.reserve('USD', 1)
    spending.reserve('USD', 1)
  })
})

it('granted is spent, reserved and remaining, exactly, after each step of 10,000 random interleavings (R-AUT-8)', () => {
  const random = dice('money')
  const currencies = ['USD', 'EUR', 'JPY']
  const done = { spend: 0, reserve: 0, refuse: 0, settle: 0, release: 0 }
  for (let round = 0; round < 10_000; round++) {
    const { spending, budget } = purse({ USD: '9000', EUR: '12', JPY: '25000' })
    const spent = new Map(currencies.map((name) => [name, 0n]))
    const open: { readonly currency: string; readonly amount: Amount; readonly part: Reservation }[] = []
    const charge = (currency: string, amount: string | number) =>
      spent.set(currency, (spent.get(currency) ?? 0n) + amountOf(amount))
    for (let step = 0; step < 8; step++) {
      const currency = currencies[random(3)] as string
      const amount = randomAmount(random)
      const action = random(4)
      if (action === 0) {
        void spending.spend(currency, amount)
        charge(currency, amount)
        done.spend++
      } else if (action === 1) {
        try {
          open.push({ currency, amount: amountOf(amount), part: spending.reserve(currency, amount) })
          done.reserve++
        } catch (error) {
          expect(error).toMatchObject({ code: 'BUDGET_EXHAUSTED' })
          done.refuse++
        }
      } else {
        const [settled] = open.splice(random(open.length || 1), 1)
        if (settled) done[action === 2 ? 'settle' : 'release']++
        if (settled && action === 2) void settled.part.settle(amount)
        if (settled && action === 2) charge(settled.currency, amount)
        if (action === 3) settled?.part.release()
      }
      expectBalance(budget, spent, open)
    }
  }
  for (const [action, times] of Object.entries(done)) expect(times, action).toBeGreaterThan(1_000)
})

/** What the counters say is what was done, and comes to what was granted. */
function expectBalance(
  { counters }: Budget,
  spent: ReadonlyMap<string, Amount>,
  open: readonly { readonly currency: string; readonly amount: Amount }[],
): void {
  for (const [currency, counter] of counters) {
    const held = open.reduce((sum, one) => (one.currency === currency ? sum + one.amount : sum), 0n)
    const done = spent.get(currency)
    const isRight = counter.spent === done && counter.reserved === held
    const total = counter.spent + counter.reserved + (counter.remaining ?? 0n)
    if (isRight && total === counter.granted) continue
    expect(counter, currency).toMatchObject({ spent: done, reserved: held, granted: total })
  }
}

/** Numbers that binary fractions miss, texts of up to twelve decimals, and more than there is. */
function randomAmount(random: (sides: number) => number): string | number {
  const digits = random(10_000)
  return [digits, digits / 1_000, 0.1, `0.${String(digits).padStart(12, '0')}`][random(4)] as string | number
}
