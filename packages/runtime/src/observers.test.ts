import type { Observation, Observer } from '@arcp/protocol/observe'
import { describe, expect, it } from 'vitest'
import { agentOf } from './testing/agents'
import { harness, outcome } from './testing/harness'
import { expectNoUnhandled } from './testing/unhandled'

expectNoUnhandled()

/** How often the agent ran, and what came of it. */
async function runWith(observe: Observer | readonly Observer[], run: () => unknown = () => 'done') {
  let runs = 0
  const counted = agentOf('counted', () => {
    runs++
    return run()
  })
  await using h = harness({ agents: [counted], observe })
  const peer = await h.connect()
  const { type, payload } = await outcome(peer, { agent: 'counted' })
  const errors = h.logged.filter(({ level }) => level === 'error').map(({ message }) => message)
  return { runs, type, payload, errors }
}

const done = { runs: 1, type: 'job.completed', payload: { result: 'done' } }
const threw = {
  runs: 1,
  type: 'job.failed',
  payload: { error: { message: 'the agent failed unexpectedly' } },
}

describe('observing', () => {
  it('tells everything in order, without payloads and secrets', async () => {
    const seen: Observation[] = []
    await runWith({ observe: (observation) => void seen.push(observation) })
    expect(seen.map(({ type }) => type)).toEqual([
      'session.opened',
      'job.accepted',
      'event.appended',
      'event.appended',
      'job.started',
      'event.appended',
      'job.ended',
      'session.ended',
    ])
    expect(JSON.stringify(seen)).not.toMatch(/arj_|ars_|test-token|done/)
  })

  it('that throws is logged, and harms neither the job nor the next observer', async () => {
    const seen: string[] = []
    const throwing = {
      observe() {
        throw new Error('no')
      },
    }
    const result = await runWith([throwing, { observe: ({ type }) => void seen.push(type) }])
    expect(result).toMatchObject(done)
    expect(new Set(result.errors)).toEqual(new Set(['an observer threw']))
    expect(seen).toContain('job.ended')
  })

  it('that rejects is logged, and harms nothing', async () => {
    const result = await runWith({
      observe: (async () => {
        throw new Error('no')
      }) as () => void,
    })
    expect(result).toMatchObject(done)
    expect(new Set(result.errors)).toEqual(new Set(['an observer threw']))
  })
})

describe('around a job', () => {
  const around = (wrap: (run: () => unknown) => unknown): Observer => ({
    around: ((_: unknown, run: () => unknown) => wrap(run)) as Observer['around'] & object,
  })

  it.each<[string, (run: () => unknown) => unknown, number]>([
    ['calls run', (run) => run(), 0],
    ['never calls run', () => 'something else', 0],
    [
      'calls run twice',
      (run) => {
        run()
        return run()
      },
      0,
    ],
    ['calls run later', (run) => setImmediate(run), 0],
    ['returns something else', (run) => void run(), 0],
    [
      'throws before',
      () => {
        throw new Error('no')
      },
      1,
    ],
    [
      'throws after',
      (run) => {
        run()
        throw new Error('no')
      },
      1,
    ],
    ['rejects before', () => Promise.reject(new Error('no')), 0],
    [
      'is asynchronous',
      async (run) => {
        await null
        return run()
      },
      0,
    ],
  ])('an observer that %s: the agent runs once, and its outcome counts', async (_, wrap, errors) => {
    const result = await runWith(around(wrap))
    expect(result).toMatchObject(done)
    expect(result.errors).toEqual(Array(errors).fill('an observer threw around a job'))
    expect(await runWith(around(wrap), () => Promise.reject(new Error('agent')))).toMatchObject(threw)
    const failing = await runWith(around(wrap), () => {
      throw new Error('agent')
    })
    expect(failing).toMatchObject(threw)
  })

  it('runs inside every context, the first outermost, also where one between fails', async () => {
    const open: string[] = []
    const inside = (name: string) =>
      around((run) => {
        open.push(name)
        try {
          return run()
        } finally {
          open.splice(open.indexOf(name), 1)
        }
      })
    const broken = around(() => {
      throw new Error('no')
    })
    let seen: string[] = []
    const result = await runWith([inside('outer'), broken, inside('inner')], () => {
      seen = [...open]
      return 'done'
    })
    expect(result).toMatchObject(done)
    expect(seen).toEqual(['outer', 'inner'])
    expect(open).toEqual([])
  })
})
