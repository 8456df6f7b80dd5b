import { expect, test } from 'vitest'
import { cost } from './cost'
import { surroundings } from './surroundings'

// It rejects when not all events were sent; those are more than a log holds.
test.each(Object.entries(surroundings))('measures a runtime surrounded by %s', async (_, around) => {
  expect(await cost({ events: 25_000, jobs: 10 }, around)).toEqual({
    event: expect.toSatisfy(Number.isFinite),
    job: expect.toSatisfy(Number.isFinite),
  })
})
