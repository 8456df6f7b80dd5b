import type { StandardSchemaV1 } from '@standard-schema/spec'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { MAX_ISSUE_LENGTH, MAX_ISSUES } from '../schema'
import { validate } from './validate'

/** A schema of no library in particular. */
function schemaOf<T>(run: StandardSchemaV1.Props<unknown, T>['validate']): StandardSchemaV1<unknown, T> {
  return { '~standard': { version: 1, vendor: 'test', validate: run } }
}

describe('validate', () => {
  it('gives what the schema made of the value', async () => {
    const schema = v.object({ n: v.pipe(v.string(), v.transform(Number)) })
    expect(await validate(schema, { n: '7' }, 'input')).toEqual({ ok: true, value: { n: 7 } })
  })

  it('tells where the value is wrong, from the prefix on', async () => {
    const schema = v.object({ files: v.array(v.object({ name: v.string('expected a name') })) })
    expect(await validate(schema, { files: [{ name: 'a' }, { name: 5 }] }, 'input')).toEqual({
      ok: false,
      issues: [{ path: 'input.files[1].name', message: 'expected a name' }],
    })
  })

  it('waits for a schema that takes its time', async () => {
    const schema = schemaOf(async (value) => ({ value }))
    expect(await validate(schema, 'late', 'input')).toEqual({ ok: true, value: 'late' })
  })

  it('reads paths of bare keys and of segments, and issues without a path', async () => {
    const schema = schemaOf(() => ({
      issues: [
        { message: 'a', path: ['x', { key: 0 }, 'y z'] },
        { message: 'b' },
        { message: 'c', path: [Symbol('s')] },
      ],
    }))
    expect(await validate(schema, 0, 'output')).toEqual({
      ok: false,
      issues: [
        { path: 'output.x[0]["y z"]', message: 'a' },
        { path: 'output', message: 'b' },
        { path: 'output["Symbol(s)"]', message: 'c' },
      ],
    })
  })

  it('tells a bounded number of issues of bounded size', async () => {
    const schema = v.array(v.string())
    const result = await validate(schema, Array(1000).fill({}), 'input')
    expect(result.ok || result.issues.length).toBe(MAX_ISSUES)

    const long = schemaOf(() => ({ issues: [{ message: 'x'.repeat(5000), path: ['y'.repeat(5000)] }] }))
    const clipped = await validate(long, 0, 'input')
    if (clipped.ok) throw new Error('expected issues')
    expect(clipped.issues[0]?.message).toHaveLength(MAX_ISSUE_LENGTH)
    expect(clipped.issues[0]?.path).toHaveLength(MAX_ISSUE_LENGTH)
  })

  it('rejects with what the schema throws', async () => {
    const broken = schemaOf(() => {
      throw new RangeError('broken schema')
    })
    await expect(validate(broken, 0, 'input')).rejects.toThrow(RangeError)
  })

  it('R-SEC-3: leaves prototypes alone, whatever keys the input holds', async () => {
    const schema = v.looseObject({ a: v.number() })
    const input = JSON.parse(
      '{"a":1,"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    )
    const result = await validate(schema, input, 'input')
    if (!result.ok) throw new Error('expected a value')
    const polluted: unknown = Reflect.get(result.value, 'polluted') ?? Reflect.get({}, 'polluted')
    expect(polluted).toBeUndefined()
  })
})
