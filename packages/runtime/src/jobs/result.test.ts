import { agent } from '@arcp/protocol'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { type Implementation, implement } from '../agents/implement'
import { agentOf } from '../testing/agents'
import { harness } from '../testing/harness'
import { resultOf } from '../testing/result'
import { expectNoUnhandled } from '../testing/unhandled'

expectNoUnhandled()

async function resultOfAgent(implementation: Implementation, limits = {}, input: unknown = null) {
  await using h = harness({ agents: [implementation], limits })
  const peer = await h.connect()
  return await resultOf(peer, { agent: implementation.contract.name, input })
}

const returning = (value: unknown) => agentOf('returning', () => value)
const invalid = { code: 'INTERNAL_ERROR', retryable: false, details: { reason: 'invalid_result' } }

describe('a returned value', () => {
  it.each([
    [undefined, null],
    [null, null],
    [0, 0],
    ['', ''],
    [false, false],
    [Number.NaN, null],
    [
      [undefined, () => {}],
      [null, null],
    ],
    [{ a: undefined, b: 1 }, { b: 1 }],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
  ])('of %j is the result %j', async (value, result) => {
    const { ended } = await resultOfAgent(returning(value))
    expect(ended).toMatchObject({ type: 'job.completed', payload: { result } })
    expect(Object.keys(ended.payload)).toEqual(['seq', 'ts', 'result'])
  })

  const cycle: Record<string, unknown> = {}
  cycle.self = cycle
  let deep: unknown = 1
  for (let i = 0; i < 100_000; i++) deep = [deep]

  it.each([
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a BigInt', 10n],
    ['a cycle', cycle],
    ['nesting without end', deep],
    ['a toJSON that throws', { toJSON: () => cycle.missing?.toString.call(undefined) ?? deep }],
    ['a toJSON that gives nothing', { toJSON: () => undefined }],
  ])('that JSON cannot write fails the job: %s', async (_, value) => {
    const { ended } = await resultOfAgent(returning(value))
    expect(ended).toMatchObject({
      type: 'job.failed',
      payload: { error: { ...invalid, message: 'the returned value cannot be written as JSON' } },
    })
  })

  it('that changes while it is written is told as it was, or fails the job', async () => {
    let writes = 0
    const { ended } = await resultOfAgent(
      returning({ toJSON: () => (writes++ === 0 ? 'small' : 'x'.repeat(2_000_000)) }),
    )
    expect(ended.type).toMatch(/^job\.(completed|failed)$/)
    expect(JSON.stringify(ended).length).toBeLessThan(1024)
  })
})

describe('the limit between inline and chunks (R-CHK-5)', () => {
  const limits = { inlineResultBytes: 1_000 }

  it.each([
    ['x', 998, true],
    ['x', 999, false],
    ['ü', 499, true],
    ['ü', 500, false],
    ['"', 499, true],
    ['"', 500, false],
  ])('text of %j, %i times: inline %s', async (character, length, isInline) => {
    const value = character.repeat(length)
    const { ended, text } = await resultOfAgent(returning(value), limits)
    expect(Object.hasOwn(ended.payload, 'result')).toBe(isInline)
    if (isInline) expect(ended.payload.result).toBe(value)
    else {
      expect(ended.payload).toMatchObject({ result_format: 'json' })
      expect(JSON.parse(text)).toBe(value)
    }
  })

  it('is never above a quarter of a frame', async () => {
    const { ended } = await resultOfAgent(returning('x'.repeat(1_022)), { maxFrameBytes: 4_096 })
    expect(ended.payload.result).toHaveLength(1_022)
    const larger = await resultOfAgent(returning('x'.repeat(1_023)), { maxFrameBytes: 4_096 })
    expect(larger.ended.payload).toMatchObject({ result_format: 'json', result_size: 1_025 })
  })

  it('a value of several MiB comes back whole', async () => {
    const value = Array.from({ length: 40_000 }, (_, i) => ({ i, name: `name ${i} – “quoted”`, nested: [i] }))
    const { ended, chunks, text } = await resultOfAgent(returning(value))
    expect(ended.payload).toMatchObject({ result_format: 'json' })
    expect(chunks.length).toBeGreaterThan(10)
    expect(text === JSON.stringify(value)).toBe(true)
  })
})

describe('the largest result', () => {
  const limits = { resultBytes: 10_000, inlineResultBytes: 100 }

  it('goes through; one byte more fails the job', async () => {
    const whole = await resultOfAgent(returning('x'.repeat(9_998)), limits)
    expect(whole.ended.payload).toMatchObject({ result_size: 10_000 })
    const { ended } = await resultOfAgent(returning('x'.repeat(9_999)), limits)
    expect(ended).toMatchObject({
      type: 'job.failed',
      payload: {
        error: {
          code: 'INTERNAL_ERROR',
          retryable: false,
          details: { reason: 'result_too_large', limit: 10_000 },
        },
      },
    })
  })
})

describe('extensions of a returned object', () => {
  it('stay in the result and are repeated beside it', async () => {
    const value = { ...JSON.parse('{"x-acme":{"__proto__":{"a":1}}}'), 'x-n': null, 'x-': 1, own: 2 }
    const { ended } = await resultOfAgent(returning(value))
    expect(JSON.stringify(ended.payload.result)).toBe(JSON.stringify(value))
    expect(JSON.stringify(ended.payload['x-acme'])).toBe('{"__proto__":{"a":1}}')
    expect(ended.payload['x-n']).toBeNull()
    expect(ended.payload).not.toHaveProperty('x-')
    expect(ended.payload).not.toHaveProperty('own')
  })

  it('are repeated beside chunks, too', async () => {
    const value = { 'x-acme': 1, long: 'x'.repeat(2_000) }
    const { ended, text } = await resultOfAgent(returning(value), { inlineResultBytes: 100 })
    expect(ended.payload['x-acme']).toBe(1)
    expect(JSON.parse(text)).toEqual(value)
  })

  it('that do not fit beside it fail the job, told so', async () => {
    const value = { 'x-acme': 'x'.repeat(2_000_000) }
    const { ended } = await resultOfAgent(returning(value))
    expect(ended).toMatchObject({
      type: 'job.failed',
      payload: {
        error: { code: 'INTERNAL_ERROR', message: 'the result could not be written', retryable: false },
      },
    })
  })
})

describe('the contract’s output', () => {
  const counting = (run: () => unknown) =>
    implement(
      agent({
        name: 'counting',
        version: '1.0.0',
        output: v.object({ files: v.pipe(v.number(), v.integer()) }),
      }),
      run as () => { files: number },
    )

  it('is what the client gets, as the schema makes it', async () => {
    const { ended } = await resultOfAgent(counting(() => ({ files: 3, more: 1 })))
    expect(ended.payload.result).toEqual({ files: 3 })
  })

  it.each([{ files: 'three' }, { files: 0.5 }, undefined, null, [[]], 'text'])(
    'that %j does not fit fails the job',
    async (value) => {
      const { ended } = await resultOfAgent(counting(() => value))
      expect(ended).toMatchObject({ type: 'job.failed', payload: { error: invalid } })
      expect((ended.payload.error as Error).message).toContain('does not fit the contract')
    },
  )

  it('whose schema throws fails the job without its text (R-LIF-9)', async () => {
    const output = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: () => {
          throw new Error('secret')
        },
      },
    }
    const throwing = implement(agent({ name: 'throwing', version: '1.0.0', output }), () => 1)
    const { ended } = await resultOfAgent(throwing)
    expect(ended.payload.error).toEqual({
      code: 'INTERNAL_ERROR',
      message: 'the agent failed unexpectedly',
      retryable: true,
    })
  })

  it.each([
    ['text', 'some text', 'text', 'some text'],
    ['text', '', 'text', ''],
    ['text', undefined, 'text', ''],
    ['bytes', new Uint8Array([0, 255, 128]), 'bytes', '\u0000\u00ff\u0080'],
    ['bytes', new Uint8Array(0), 'bytes', ''],
    ['bytes', undefined, 'bytes', ''],
  ] as const)('%s, where %j is returned, is a stream of %s', async (output, value, format, expected) => {
    const agentOfKind = implement(
      agent({ name: 'kind', version: '1.0.0', output: output as 'text' }),
      () => value as string,
    )
    const { ended, bytes } = await resultOfAgent(agentOfKind)
    expect(ended.payload).toMatchObject({ result_format: format })
    expect(bytes.toString('latin1')).toBe(expected)
  })

  it.each([
    ['text', 5],
    ['text', new Uint8Array(1)],
    ['bytes', 'text'],
    ['bytes', [1, 2]],
    ['bytes', null],
  ])('%s, where %j is returned, fails the job', async (output, value) => {
    const agentOfKind = implement(
      agent({ name: 'kind', version: '1.0.0', output: output as 'text' }),
      () => value as string,
    )
    const { ended } = await resultOfAgent(agentOfKind)
    expect(ended).toMatchObject({ type: 'job.failed', payload: { error: invalid } })
  })
})
