import { agent } from '@arcp/protocol'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { type Implementation, implement } from '../agents/implement'
import { agentOf } from '../testing/agents'
import { harness, outcome } from '../testing/harness'
import { resultOf } from '../testing/result'
import { expectNoUnhandled } from '../testing/unhandled'
import type { AgentContext } from './context'
import type { ResultPiece } from './result-stream'

expectNoUnhandled()

type Streaming = (writer: WritableStreamDefaultWriter<ResultPiece>, ctx: AgentContext) => unknown

function streaming(act: Streaming): Implementation {
  return agentOf('streaming', (_, ctx) => act(ctx.resultStream().getWriter(), ctx))
}

async function resultOfAgent(implementation: Implementation, limits = {}) {
  await using h = harness({ agents: [implementation], limits })
  const peer = await h.connect()
  return await resultOf(peer, { agent: implementation.contract.name })
}

const failed = (error: object) => ({ type: 'job.failed', payload: { error } })

describe('a result stream', () => {
  it('of text is what was written, in order, and closed by the agent', async () => {
    const { ended, text } = await resultOfAgent(
      streaming(async (writer) => {
        for (let i = 0; i < 100; i++) await writer.write(`line ${i}\n`)
        await writer.close()
      }),
    )
    expect(text).toBe(Array.from({ length: 100 }, (_, i) => `line ${i}\n`).join(''))
    expect(ended.payload).toMatchObject({ result_format: 'text', result_size: text.length })
  })

  it('left open is closed when the agent returns', async () => {
    const { ended, text } = await resultOfAgent(streaming((writer) => writer.write('open end')))
    expect(text).toBe('open end')
    expect(ended.payload).toMatchObject({ result_format: 'text', result_size: 8 })
  })

  it('takes what is written and not awaited into the result', async () => {
    const { text } = await resultOfAgent(
      streaming((writer) => {
        for (let i = 0; i < 50; i++) void writer.write(`${i},`)
      }),
    )
    expect(text).toBe(Array.from({ length: 50 }, (_, i) => `${i},`).join(''))
  })

  it('is one, however often it is asked for', async () => {
    const { text } = await resultOfAgent(
      agentOf('asking', async (_, ctx) => {
        const first = ctx.resultStream().getWriter()
        await first.write('a')
        first.releaseLock()
        const second = ctx.resultStream().getWriter()
        await second.write('b')
      }),
    )
    expect(text).toBe('ab')
  })

  it('is piped into', async () => {
    const { text } = await resultOfAgent(
      agentOf('piping', async (_, ctx) => {
        await new Blob(['piped ', 'text'])
          .stream()
          .pipeThrough(new TextDecoderStream())
          .pipeTo(ctx.resultStream())
      }),
    )
    expect(text).toBe('piped text')
  })

  it('is waited for while it is piped into, awaited or not', async () => {
    const { ended, text } = await resultOfAgent(
      agentOf('piping', (_, ctx) => {
        const { readable, writable } = new TransformStream<string, string>()
        void readable.pipeTo(ctx.resultStream())
        void (async () => {
          const writer = writable.getWriter()
          for (let i = 0; i < 20; i++) await writer.write(`${i},`)
          await writer.close()
        })()
      }),
    )
    expect(text).toBe(Array.from({ length: 20 }, (_, i) => `${i},`).join(''))
    expect(ended.payload).toMatchObject({ result_format: 'text', result_size: text.length })
  })

  it('piped into by what fails, not awaited, fails the job', async () => {
    const { ended } = await resultOfAgent(
      agentOf('piping', (_, ctx) => {
        const source = new ReadableStream<string>({
          pull: async (controller) => {
            await new Promise((resolve) => setImmediate(resolve))
            controller.error(new Error('secret'))
          },
        })
        source.pipeTo(ctx.resultStream()).catch(() => {})
      }),
    )
    expect(ended).toMatchObject(failed({ message: 'the result stream was given up' }))
  })

  it('written to by what an agent left behind comes beside no value, however late (R-CHK-1)', async () => {
    const leaving = agentOf('leaving', (steps, ctx) => {
      const writer = ctx.resultStream().getWriter()
      const late = async () => {
        for (let i = 0; i < Number(steps); i++) await undefined
        await writer.write('late')
      }
      late().catch(() => {})
      return 'a value'
    })
    await using h = harness({ agents: [leaving] })
    const peer = await h.connect()
    for (let steps = 0; steps < 40; steps++) {
      const { job_id } = await outcome(peer, { agent: 'leaving', input: steps })
      const events = peer.frames.filter((frame) => frame.job_id === job_id && frame.event_seq !== undefined)
      const both =
        events.some(({ type }) => type === 'job.result_chunk') && 'result' in (events.at(-1)?.payload ?? {})
      expect(both, `after ${steps} steps`).toBe(false)
    }
  })

  it('closed with nothing written is empty text', async () => {
    const { ended, chunks } = await resultOfAgent(streaming((writer) => writer.close()))
    expect(ended.payload).toMatchObject({ result_format: 'text', result_size: 0 })
    expect(chunks.map(({ payload }) => payload)).toMatchObject([{ data: '', encoding: 'utf8', more: false }])
  })

  it('asked for and not used leaves the returned value the result', async () => {
    const { ended } = await resultOfAgent(streaming(() => 'a value'))
    expect(ended.payload.result).toBe('a value')
  })
})

describe('R-CHK-3: bytes', () => {
  const source = new Uint8Array(64).map((_, i) => i * 4)
  const middle = Buffer.from(source.slice(16, 48))

  it.each<[string, ArrayBufferView]>([
    ['a view into a larger buffer', new Uint8Array(source.buffer, 16, 32)],
    ['a Buffer of the pool', Buffer.from(middle)],
    ['16-bit numbers', new Uint16Array(source.buffer, 16, 16)],
    ['64-bit numbers', new Float64Array(source.buffer, 16, 4)],
    ['a DataView', new DataView(source.buffer, 16, 32)],
  ])('of %s are those the view shows', async (_, view) => {
    const { ended, bytes } = await resultOfAgent(streaming((writer) => writer.write(view)))
    expect(ended.payload).toMatchObject({ result_format: 'bytes', result_size: 32 })
    expect(bytes.equals(middle)).toBe(true)
  })

  it('of several chunks’ size come back whole, from 16-bit numbers too', async () => {
    const numbers = new Uint16Array(200_000).map((_, i) => i * 7)
    const { chunks, bytes } = await resultOfAgent(streaming((writer) => writer.write(numbers)))
    expect(chunks.length).toBeGreaterThan(3)
    expect(bytes.equals(Buffer.from(numbers.buffer))).toBe(true)
  })
})

describe('a stream that goes wrong', () => {
  it.each<[string, Streaming, object]>([
    [
      'bytes after text',
      async (writer) => {
        await writer.write('text')
        await writer.write(new Uint8Array(1))
      },
      { code: 'INVALID_REQUEST', message: 'the result is text; bytes does not fit into it' },
    ],
    [
      'text after bytes, not awaited',
      (writer) => {
        void writer.write(new Uint8Array(1))
        void writer.write('text')
      },
      { code: 'INVALID_REQUEST', message: 'the result is bytes; text does not fit into it' },
    ],
    [
      'neither text nor bytes',
      (writer) => writer.write(5 as never),
      { code: 'INVALID_REQUEST', message: 'a result stream takes strings and views of bytes' },
    ],
    [
      'neither, not awaited',
      (writer) => {
        void writer.write({ byteLength: 0 } as never)
      },
      { code: 'INVALID_REQUEST' },
    ],
    [
      'a value beside what was written (R-CHK-1)',
      async (writer) => {
        await writer.write('text')
        return 'a value'
      },
      { code: 'INTERNAL_ERROR', details: { reason: 'invalid_result' }, retryable: false },
    ],
    [
      'a value beside a closed stream (R-CHK-1)',
      async (writer) => {
        await writer.close()
        return 'a value'
      },
      { code: 'INTERNAL_ERROR', details: { reason: 'invalid_result' } },
    ],
    [
      'given up by the agent',
      async (writer) => {
        await writer.write('some')
        await writer.abort(new Error('secret'))
      },
      { code: 'INTERNAL_ERROR', message: 'the result stream was given up', retryable: false },
    ],
    [
      'left by an agent that throws',
      async (writer) => {
        await writer.write('some')
        throw new Error('secret')
      },
      { code: 'INTERNAL_ERROR', message: 'the agent failed unexpectedly' },
    ],
  ])('%s, fails the job', async (_, act, error) => {
    const { ended } = await resultOfAgent(streaming(act))
    expect(ended).toMatchObject(failed(error))
    expect(JSON.stringify(ended)).not.toContain('secret')
  })

  it('beyond the largest result, fails the job with what the limit is', async () => {
    const { ended, bytes } = await resultOfAgent(
      streaming(async (writer) => {
        for (;;) await writer.write('x'.repeat(1_000))
      }),
      { resultBytes: 10_500 },
    )
    expect(ended).toMatchObject(
      failed({
        code: 'INTERNAL_ERROR',
        retryable: false,
        details: { reason: 'result_too_large', limit: 10_500 },
      }),
    )
    expect(bytes.byteLength).toBe(10_000)
  })
})

describe('a contract', () => {
  const of = (output: 'text' | 'bytes' | undefined, act: Streaming) =>
    implement(
      agent({ name: 'promised', version: '1.0.0', ...(output ? { output } : {}) }),
      (_, ctx) => act(ctx.resultStream().getWriter(), ctx) as never,
    )

  it('of text takes no bytes, one of bytes no text', async () => {
    const bytes = await resultOfAgent(of('text', (writer) => writer.write(new Uint8Array(1))))
    expect(bytes.ended).toMatchObject(failed({ message: 'the result is text; bytes does not fit into it' }))
    const text = await resultOfAgent(of('bytes', (writer) => writer.write('text')))
    expect(text.ended).toMatchObject(failed({ message: 'the result is bytes; text does not fit into it' }))
  })

  it('of bytes makes an empty stream bytes', async () => {
    const { ended } = await resultOfAgent(of('bytes', (writer) => writer.close()))
    expect(ended.payload).toMatchObject({ result_format: 'bytes', result_size: 0 })
  })

  it('of a value lends no stream', async () => {
    const valued = implement(agent({ name: 'valued', version: '1.0.0', output: v.number() }), (_, ctx) => {
      ctx.resultStream()
      return 1
    })
    const { ended } = await resultOfAgent(valued)
    expect(ended).toMatchObject(
      failed({ code: 'INVALID_REQUEST', message: 'the contract promises a value, not a stream' }),
    )
  })
})

describe('writing', () => {
  it('waits while the log is full, so that a result larger than the log passes through it', async () => {
    const { ended, text } = await resultOfAgent(
      streaming(async (writer) => {
        for (let i = 0; i < 200; i++) await writer.write('x'.repeat(1_000))
      }),
      { logSize: 20_000 },
    )
    expect(ended.type).toBe('job.completed')
    expect(text).toHaveLength(200_000)
  })

  it('the whole of a large returned value at once does the same', async () => {
    await using h = harness({
      agents: [agentOf('large', () => 'x'.repeat(5_000_000))],
      limits: { logSize: 500_000 },
    })
    const peer = await h.connect()
    expect((await outcome(peer, { agent: 'large' })).payload).toMatchObject({
      result_size: 5_000_002,
    })
  })
})
