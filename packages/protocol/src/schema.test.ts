import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { describeIssues, formatPath, issueAt, issuesOf, MAX_ISSUE_LENGTH } from './schema'

describe('issuesOf', () => {
  const schema = v.looseObject({ name: v.string(), tags: v.optional(v.array(v.string())) })

  it('finds nothing wrong with what fits', () => {
    expect(issuesOf(schema, { name: 'a', tags: ['b'], more: 1 })).toBeUndefined()
  })

  it('says where the first wrong thing is, from the prefix on, and what was expected', () => {
    expect(issuesOf(schema, { name: 'a', tags: ['b', 5] }, 'payload')).toEqual([
      { path: 'payload.tags[1]', message: 'expected string' },
    ])
    expect(issuesOf(schema, {})).toEqual([{ path: 'name', message: 'is missing' }])
    expect(issuesOf(v.number(), 'a', 'after_seq')).toEqual([
      { path: 'after_seq', message: 'expected number' },
    ])
  })

  it('R-SEC-4: repeats nothing of the value, which may be a secret', () => {
    for (const value of [{ name: ['s3cret'] }, 's3cret', { name: 'a', tags: 's3cret' }]) {
      expect(JSON.stringify(issuesOf(schema, value) ?? 'none')).not.toContain('s3cret')
      expect(issuesOf(schema, value)).toHaveLength(1)
    }
    const level = issuesOf(v.picklist(['info', 'warn']), 's3cret')
    expect(level).toEqual([{ path: '', message: 'expected ("info" | "warn")' }])
  })

  it('R-SEC-3: stops at the first wrong element, however many follow', () => {
    let looked = 0
    const counting = v.array(
      v.custom<string>((value) => {
        looked++
        return typeof value === 'string'
      }),
    )
    expect(issuesOf(counting, ['a', ...Array(100_000).fill(1)])).toHaveLength(1)
    expect(looked).toBe(2)
  })
})

describe('issueAt', () => {
  it('cuts what is too long, and nothing else', () => {
    const fits = 'x'.repeat(MAX_ISSUE_LENGTH)
    expect(issueAt([fits], '', fits)).toEqual({ path: fits, message: fits })
    const { path, message } = issueAt([`${fits}x`], '', `${fits}x`)
    expect(path).toBe(`${'x'.repeat(MAX_ISSUE_LENGTH - 1)}…`)
    expect(message).toBe(path)
  })
})

describe('formatPath', () => {
  it.each([
    [[], '', ''],
    [[], 'input', 'input'],
    [['a'], '', 'a'],
    [['a', 0, 'b-c', '$d'], '', 'a[0].b-c.$d'],
    [[0], 'input', 'input[0]'],
    [['fs.read', 0], 'lease_request', 'lease_request["fs.read"][0]'],
    [['', 'a"b'], 'x', 'x[""]["a\\"b"]'],
    [['__proto__'], 'x', 'x.__proto__'],
  ])('%j after %j: %j', (keys, prefix, path) => {
    expect(formatPath(keys, prefix)).toBe(path)
  })
})

describe('describeIssues', () => {
  it('tells all in one line', () => {
    const issues = [
      { path: 'a.b', message: 'is missing' },
      { path: '', message: 'the frame is not JSON' },
    ]
    expect(describeIssues(issues)).toBe('a.b: is missing; the frame is not JSON')
  })
})
