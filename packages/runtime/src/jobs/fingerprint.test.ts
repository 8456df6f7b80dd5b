import type { JobSubmit } from '@arcp/protocol'
import { describe, expect, it } from 'vitest'
import { fingerprintOf } from './fingerprint'

/** As it came over the wire, so that keys and numbers are what the text says. */
const of = (text: string) => fingerprintOf(JSON.parse(text) as JobSubmit)

describe('two submits are the same request', () => {
  it.each([
    [
      'whatever the order of keys (R-SUB-3)',
      '{"agent":"a","input":{"x":1,"y":[{"p":1,"q":2}]}}',
      '{"input":{"y":[{"q":2,"p":1}],"x":1},"agent":"a"}',
    ],
    [
      'however a number is written',
      '{"agent":"a","input":[100,0.5,1e21]}',
      '{"agent":"a","input":[1e2,5e-1,1000000000000000000000]}',
    ],
    [
      'where one says what the other leaves out',
      '{"agent":"a"}',
      '{"agent":"a","input":null,"lease_request":{},"lease_constraints":{}}',
    ],
    [
      'whatever names, traces or extends them (R-SUB-8)',
      '{"agent":"a","x-acme":1}',
      '{"agent":"a","parent_job_id":"job_1","after_seq":0,"x-other":[]}',
    ],
    [
      'with characters escaped or not',
      '{"agent":"a","input":"\\u00e9\\u0041"}',
      '{"agent":"a","input":"éA"}',
    ],
  ])('%s', (_, left, right) => {
    expect(of(left)).toBe(of(right))
  })
})

describe('two submits are different requests', () => {
  it.each([
    [
      'by a key that means something to JavaScript',
      '{"agent":"a","input":{"__proto__":1}}',
      '{"agent":"a","input":{"__proto__":2}}',
    ],
    ['by the order of a list', '{"agent":"a","input":[1,2]}', '{"agent":"a","input":[2,1]}'],
    ['by the type of a value', '{"agent":"a","input":1}', '{"agent":"a","input":"1"}'],
    ['by an empty value', '{"agent":"a","input":{}}', '{"agent":"a","input":null}'],
    [
      'by the lease',
      '{"agent":"a","lease_request":{"tool.call":["a"]}}',
      '{"agent":"a","lease_request":{"tool.call":["b"]}}',
    ],
    [
      'by how long the lease lasts',
      '{"agent":"a","lease_constraints":{"expires_in_s":1}}',
      '{"agent":"a","lease_constraints":{"expires_in_s":2}}',
    ],
    [
      'by how long the job may run',
      '{"agent":"a","max_runtime_sec":1}',
      '{"agent":"a","max_runtime_sec":1.5}',
    ],
  ])('%s', (_, left, right) => {
    expect(of(left)).not.toBe(of(right))
  })
})

describe('R-SEC-3: what has no canonical form', () => {
  it.each(['1e999', '{"deep":[-1e999]}'])('is refused: %s', (input) => {
    expect(() => of(`{"agent":"a","input":${input}}`)).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST' }),
    )
  })

  it('is not what nests as deep as a frame may, nor halves of characters', () => {
    const deep = `${'['.repeat(250)}${']'.repeat(250)}`
    for (const input of [deep, '"\\ud800"']) expect(of(`{"agent":"a","input":${input}}`)).toHaveLength(44)
  })
})
