import { ArcpError, BudgetExhaustedError, PermissionDeniedError } from '@arcp/protocol'
import { describe, expect, it } from 'vitest'
import { agentOf, echo } from '../testing/agents'
import { eventOf, type Harness, harness, outcome, submitted, terminalOf } from '../testing/harness'
import { expectNoUnhandled } from '../testing/unhandled'

expectNoUnhandled()

/** The error of a job whose agent does `run`; afterwards the session takes the next job. */
async function failure(run: () => unknown, h: Harness = hosting(run)) {
  await using _ = h
  const peer = await h.connect()
  const ended = await outcome(peer, { agent: 'failing' })
  expect(ended.type).toBe('job.failed')
  expect((await outcome(peer, { agent: 'echo', input: 'next' })).payload.result).toBe('next')
  return ended.payload.error as Record<string, unknown>
}

function hosting(run: () => unknown, limits = {}): Harness {
  return harness({ agents: [echo, agentOf('failing', run)], limits })
}

const generic = { code: 'INTERNAL_ERROR', message: 'the agent failed unexpectedly', retryable: true }

describe('R-LIF-9: what an agent throws that is no ArcpError stays in this process', () => {
  const secret = new Error('secret of the database', { cause: new Error('secret cause') })

  it.each([
    ['rejects', () => Promise.reject(secret)],
    [
      'throws at once',
      () => {
        throw secret
      },
    ],
    ['rejects later', () => new Promise((_, reject) => setImmediate(() => reject(secret)))],
    ['throws text', () => Promise.reject('secret text')],
    ['throws undefined', () => Promise.reject(undefined)],
    ['throws null', () => Promise.reject(null)],
    [
      'throws an object that resembles one',
      () => Promise.reject({ code: 'TIMEOUT', message: 'secret', toWire: () => ({ message: 'secret' }) }),
    ],
    [
      'returns a thenable that throws',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested
        then() {
          throw secret
        },
      }),
    ],
  ])('an agent that %s fails its job with a generic INTERNAL_ERROR', async (_, run) => {
    expect(await failure(run)).toEqual(generic)
  })

  it('and is readable in the logger', async () => {
    await using h = hosting(() => Promise.reject(secret))
    const peer = await h.connect()
    const { job_id } = await outcome(peer, { agent: 'failing' })
    expect(h.logged).toContainEqual({
      level: 'warn',
      message: 'an agent failed',
      fields: { jobId: job_id, error: secret },
    })
    expect(JSON.stringify(peer.frames)).not.toContain('secret')
  })

  it('also when it is the text of a toJSON that throws', async () => {
    const hostile = {
      toJSON() {
        throw new Error('secret of a toJSON')
      },
    }
    await using h = harness({
      agents: [
        agentOf('returns', () => hostile),
        agentOf('emits', async (_, ctx) => {
          await ctx.status({ phase: 'p', details: { hostile } })
        }),
        agentOf('calls', async (_, ctx) => {
          await ctx.tool('t', {}, () => hostile)
        }),
      ],
    })
    const peer = await h.connect()
    for (const agent of ['returns', 'emits', 'calls']) {
      const { job_id } = await submitted(peer, { agent, lease_request: { 'tool.call': ['*'] } })
      expect((await terminalOf(peer, job_id)).type).toBe('job.failed')
    }
    expect(JSON.stringify(peer.frames)).not.toContain('secret')
    expect(h.logged.filter(({ message }) => message === 'an agent failed')).toHaveLength(3)
  })
})

describe('an ArcpError', () => {
  it('is the job’s failure as it is: code, message, retryable and details', async () => {
    const error = new BudgetExhaustedError('out of tokens', { retryable: true, details: { left: 0 } })
    expect(await failure(() => Promise.reject(error))).toEqual({
      code: 'BUDGET_EXHAUSTED',
      message: 'out of tokens',
      retryable: true,
      details: { left: 0 },
    })
  })

  it('without more has its code’s own retryable, and no details', async () => {
    expect(await failure(() => Promise.reject(new PermissionDeniedError('no')))).toEqual({
      code: 'PERMISSION_DENIED',
      message: 'no',
      retryable: false,
    })
  })

  it('keeps its cause to itself', async () => {
    const error = new PermissionDeniedError('no', { cause: new Error('secret') })
    expect(JSON.stringify(await failure(() => Promise.reject(error)))).not.toContain('secret')
  })

  it('of a code nobody knows becomes INTERNAL_ERROR, the rest as it is', async () => {
    const error = new ArcpError('MY_OWN', 'mine', { details: { a: 1 } })
    expect(await failure(() => Promise.reject(error))).toEqual({
      code: 'INTERNAL_ERROR',
      message: 'mine',
      retryable: false,
      details: { a: 1 },
    })
  })

  const cycle: Record<string, unknown> = {}
  cycle.self = cycle

  it.each([
    ['a cycle', cycle],
    ['a BigInt', { big: 1n }],
    ['no object', new Date(0)],
    ['a list', [1, 2]],
    ['a toJSON that throws', { toJSON: () => cycle.missing?.toString.call(undefined) }],
  ])('whose details are %s loses them alone', async (_, details) => {
    const error = new PermissionDeniedError('no', { details: details as Record<string, unknown> })
    expect(await failure(() => Promise.reject(error))).toEqual({
      code: 'PERMISSION_DENIED',
      message: 'no',
      retryable: false,
    })
  })

  it.each([
    ['message', new BudgetExhaustedError('\u0001'.repeat(2_000_000))],
    ['details', new BudgetExhaustedError('short', { details: { long: 'x'.repeat(2_000_000) } })],
  ])('whose %s fits no frame is told in brief', async (_, error) => {
    for (const limits of [{}, { maxFrameBytes: 4096 }]) {
      const told = await failure(
        () => {},
        hosting(() => Promise.reject(error), limits),
      )
      expect(told).toEqual({
        code: 'BUDGET_EXHAUSTED',
        message: error.message.slice(0, 256),
        retryable: false,
      })
    }
  })

  it('of another copy of the protocol counts too', async () => {
    const brand = { [Symbol.for('arcp.error')]: true }
    const foreign = Object.assign(new Error('from afar'), brand, { code: 'TIMEOUT', retryable: false })
    expect(await failure(() => Promise.reject(foreign))).toEqual({
      code: 'TIMEOUT',
      message: 'from afar',
      retryable: false,
    })
  })
})

describe('an agent that fails', () => {
  it('leaves what it has said before in the log, and other jobs alone', async () => {
    await using h = harness({
      agents: [
        echo,
        agentOf('half', async (_, ctx) => {
          await ctx.log({ level: 'info', message: 'so far so good' })
          throw new Error('and then')
        }),
      ],
    })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'half' })
    expect((await eventOf(peer, job_id, 'job.log')).payload.message).toBe('so far so good')
    expect((await terminalOf(peer, job_id)).payload).toMatchObject({ seq: 4, error: generic })
  })
})
