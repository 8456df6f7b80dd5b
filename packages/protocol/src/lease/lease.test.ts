import { describe, expect, it } from 'vitest'
import { issuesOf } from '../schema'
import { isLeaseNamespace, LEASE_NAMESPACES, leaseConstraintsSchema, leaseSchema } from './lease'

describe('isLeaseNamespace', () => {
  it.each([...LEASE_NAMESPACES, 'x-acme.db', 'x-acme.db.read-only_2'])('knows %s', (name) => {
    expect(isLeaseNamespace(name)).toBe(true)
  })

  it.each([
    '',
    'fs',
    'fs.delete',
    'FS.READ',
    'x-acme',
    'x-.a',
    'x-acme.',
    'x-a..b',
    'tool.call ',
    '__proto__',
    'constructor',
  ])('does not know %j', (name) => {
    expect(isLeaseNamespace(name)).toBe(false)
  })
})

describe('leaseSchema', () => {
  const issue = (text: string) => issuesOf(leaseSchema, JSON.parse(text), 'lease_request')?.[0]

  it.each(['{}', '{"tool.call":[]}', '{"tool.call":["search","web/**"],"x-acme.db":["t"]}'])(
    'takes %s',
    (text) => {
      expect(issue(text)).toBeUndefined()
    },
  )

  it.each([
    ['[]', 'lease_request', 'expected an object of namespaces'],
    ['null', 'lease_request', 'expected an object of namespaces'],
    ['"tool.call"', 'lease_request', 'expected an object of namespaces'],
    [
      '{"fs.delete":["a"]}',
      'lease_request["fs.delete"]',
      'expected a namespace of this protocol, or x-vendor.name',
    ],
    ['{"tool.call":"search"}', 'lease_request["tool.call"]', 'expected Array'],
    ['{"tool.call":null}', 'lease_request["tool.call"]', 'expected Array'],
    ['{"tool.call":{"0":"search"}}', 'lease_request["tool.call"]', 'expected Array'],
    ['{"tool.call":["a",5]}', 'lease_request["tool.call"][1]', 'expected a string of 1 to 1024 characters'],
    ['{"tool.call":[""]}', 'lease_request["tool.call"][0]', 'expected a string of 1 to 1024 characters'],
    [
      `{"tool.call":["${'a'.repeat(1025)}"]}`,
      'lease_request["tool.call"][0]',
      'expected a string of 1 to 1024 characters',
    ],
  ])('refuses %.60s', (text, path, message) => {
    expect(issue(text)).toEqual({ path, message })
  })

  it('takes a pattern of exactly the longest length', () => {
    expect(issue(`{"tool.call":["${'a'.repeat(1024)}"]}`)).toBeUndefined()
  })

  it.each(['__proto__', 'prototype', 'constructor'])('R-SEC-3: lets no grant in under the key %s', (key) => {
    expect(issue(`{"${key}":["**"]}`)).toEqual({
      path: 'lease_request',
      message: 'expected an object of namespaces',
    })
  })
})

describe('leaseConstraintsSchema', () => {
  const path = (text: string) => issuesOf(leaseConstraintsSchema, JSON.parse(text))?.[0]?.path

  it('takes either, both or neither', () => {
    for (const text of [
      '{}',
      '{"expires_in_s":0.5}',
      '{"expires_at":"2026-01-02T03:04:05Z"}',
      '{"expires_in_s":30,"expires_at":null}',
    ]) {
      expect(path(text)).toBeUndefined()
    }
  })

  it('refuses durations that are none, moments that are none, and lists', () => {
    for (const text of [
      '{"expires_in_s":0}',
      '{"expires_in_s":-1}',
      '{"expires_in_s":1e999}',
      '{"expires_in_s":"30"}',
    ]) {
      expect(path(text)).toBe('expires_in_s')
    }
    expect(path('{"expires_at":"tomorrow"}')).toBe('expires_at')
    expect(path('[]')).toBe('')
  })
})
