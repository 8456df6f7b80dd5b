import { InternalError } from '@arcp/protocol'
import { describe, expect, it } from 'vitest'
import { textOf } from '../testing/conversation'
import { textChunks } from '../testing/events'
import { JobResult } from './job-result'

function jobResult({
  resultBytes = 1_000,
  unreadBytes = 1_000,
  budget = bytes(1_000),
  eased = () => {},
} = {}) {
  return new JobResult({ resultBytes, unreadBytes, budget }, eased)
}

function bytes(limit: number) {
  return { used: 0, limit }
}

const WHOLE = { result_id: 'res_1', result_size: 9, result_format: 'text' } as const

function feed(result: JobResult, ...parts: string[]) {
  for (const chunk of textChunks(...parts)) result.chunk(chunk)
}

describe('as a promise', () => {
  it('is the value, asked for before the end or after, the same promise each time', async () => {
    const early = jobResult()
    const promise = early.promise()
    early.complete({ result: { a: 1 } })
    expect(await promise).toEqual({ a: 1 })
    expect(early.promise()).toBe(promise)
    const late = jobResult()
    late.complete({ result: [2] })
    expect(await late.promise()).toEqual([2])
  })

  it('is put together from chunks, asked for before the end or after', async () => {
    const early = jobResult()
    const promise = early.promise()
    feed(early, 'some', 'thing')
    early.complete(WHOLE)
    expect(await promise).toBe('something')
    const late = jobResult()
    feed(late, 'some', 'thing')
    late.complete(WHOLE)
    expect(await late.promise()).toBe('something')
    expect(await late.promise()).toBe('something')
  })

  it('rejects with what ended the job, and the first end counts', async () => {
    const result = jobResult()
    const error = new Error('first')
    result.fail(error)
    result.fail(new Error('second'))
    result.complete({ result: 1 })
    await expect(result.promise()).rejects.toBe(error)
  })

  it('R-CHK-1 rejects when a result comes beside chunks', async () => {
    const result = jobResult()
    feed(result, 'some', 'thing')
    result.complete({ result: 'something' })
    await expect(result.promise()).rejects.toThrow('a result beside its chunks')
  })

  it('rejects when the parts make no JSON', async () => {
    const result = jobResult()
    feed(result, 'some', 'thing')
    result.complete({ ...WHOLE, result_format: 'json' })
    await expect(result.promise()).rejects.toThrow('the result is no json')
  })

  it('lets go of the chunks of a job that fails', async () => {
    const budget = bytes(100)
    const result = jobResult({ budget })
    feed(result, 'some', 'thing')
    expect(budget.used).toBe(9)
    result.fail(new Error('over'))
    expect(budget.used).toBe(0)
    await expect(result.promise()).rejects.toThrow('over')
  })

  it('R-CHK-2 rejects at once when the result grows too large', async () => {
    const result = jobResult({ resultBytes: 8 })
    const promise = result.promise()
    feed(result, 'some', 'thing')
    await expect(promise).rejects.toThrow(InternalError)
    await expect(promise).rejects.toThrow('more than 8 bytes in the result')
  })
})

describe('as a stream', () => {
  it('carries what came before and what comes', async () => {
    const result = jobResult()
    const [head, ...rest] = textChunks('so', 'me', '', 'thing', '')
    if (head) result.chunk(head)
    const stream = result.stream()
    for (const chunk of rest) result.chunk(chunk)
    result.complete(WHOLE)
    expect(await textOf(stream)).toBe('something')
  })

  it('carries a result that was whole before', async () => {
    const result = jobResult()
    feed(result, 'some', 'thing')
    result.complete(WHOLE)
    expect(await textOf(result.stream())).toBe('something')
  })

  it.each([
    [{ a: 'ü' }, '{"a":"ü"}'],
    ['text', '"text"'],
    [undefined, 'null'],
  ])('carries the JSON of the value %j', async (value, json) => {
    const result = jobResult()
    const stream = result.stream()
    result.complete({ result: value })
    expect(await textOf(stream)).toBe(json)
  })

  it('holds no more than is waiting to be read', async () => {
    const result = jobResult({ resultBytes: 4 })
    const reader = result.stream().getReader()
    const chunks = textChunks(...Array.from({ length: 100 }, (_, i) => `${1_000 + i}`))
    for (const chunk of chunks) {
      result.chunk(chunk)
      expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe(chunk.data)
    }
    result.complete({ ...WHOLE, result_size: 400 })
    expect((await reader.read()).done).toBe(true)
  })

  it('R-CHK-2 says how much waits to be read, and when that grows less', async () => {
    const loads: number[] = []
    const result = jobResult({ resultBytes: 4, unreadBytes: 8, eased: () => loads.push(result.load) })
    const [head, ...rest] = textChunks('some', 'thin', 'g')
    if (head) result.chunk(head)
    expect(result.load).toBe(0)
    const reader = result.stream().getReader()
    expect(result.load).toBe(0.5)
    for (const chunk of rest) result.chunk(chunk)
    expect(result.load).toBe(1.125)
    await reader.read()
    await reader.read()
    await reader.cancel()
    expect(loads).toEqual([0.625, 0.125, 0])
  })

  it('yields no empty piece', async () => {
    const result = jobResult()
    const stream = result.stream()
    feed(result, 'some', '', 'thing', '')
    result.complete(WHOLE)
    const sizes: number[] = []
    for await (const bytes of stream) sizes.push(bytes.length)
    expect(sizes).toEqual([4, 5])
  })

  it('errors with what ended the job', async () => {
    const result = jobResult()
    const stream = result.stream()
    feed(result, 'some')
    result.fail(new Error('over'))
    await expect(textOf(stream)).rejects.toThrow('over')
  })

  it('errors after what came before', async () => {
    const result = jobResult()
    const reader = result.stream().getReader()
    feed(result, 'some', 'thing')
    result.fail(new Error('over'))
    expect((await reader.read()).value?.length).toBe(4)
    expect((await reader.read()).value?.length).toBe(5)
    await expect(reader.read()).rejects.toThrow('over')
  })

  it('serves several reads that wait, in order', async () => {
    const result = jobResult()
    const reader = result.stream().getReader()
    const reads = [reader.read(), reader.read(), reader.read()]
    feed(result, 'some', 'thing')
    result.complete(WHOLE)
    const lengths = (await Promise.all(reads)).map(({ value }) => value?.length)
    expect(lengths).toEqual([4, 5, undefined])
  })

  it('R-CHK-1 errors when a chunk does not fit', async () => {
    const result = jobResult()
    const stream = result.stream()
    const [, second] = textChunks('a', 'b')
    if (second) result.chunk(second)
    await expect(textOf(stream)).rejects.toThrow('chunk_seq 1 where 0 was due')
  })

  it('may be cancelled, also while a read waits; what comes then is let go', async () => {
    const budget = bytes(100)
    const result = jobResult({ budget })
    const reader = result.stream().getReader()
    const read = reader.read()
    await reader.cancel()
    feed(result, 'some', 'thing')
    expect([result.load, result.bytes]).toEqual([0, 9])
    result.complete(WHOLE)
    expect(budget.used).toBe(0)
    expect((await read).done).toBe(true)
  })
})

describe('is taken once', () => {
  it('as a stream: then there is no promise', async () => {
    const result = jobResult()
    result.stream()
    await expect(result.promise()).rejects.toThrow(TypeError)
    expect(() => result.stream()).toThrow(TypeError)
  })

  it('as a promise: then there is no stream', async () => {
    const result = jobResult()
    const promise = result.promise()
    expect(() => result.stream()).toThrow(TypeError)
    result.complete({ result: 1 })
    expect(await promise).toBe(1)
  })
})
