import { describe, expect, it } from 'vitest'
import { messageIds, randomIds } from './ids'
import { systemRandom } from './random'

const form = /^msg_[0-7][0-9A-HJKMNP-TV-Z]{25}$/

/** Bytes that follow from a seed. */
function fakeRandom(seed: number) {
  let state = seed
  return (bytes: number) =>
    Uint8Array.from({ length: bytes }, () => {
      state = (state * 73 + 41) % 65536
      return state >> 8
    })
}

describe('messageIds', () => {
  it('makes ids of the form every peer takes', () => {
    const next = messageIds(systemRandom)
    for (let i = 0; i < 3000; i++) expect(next()).toMatch(form)
  })

  it('counts up in the last ten characters, over every carry', () => {
    const next = messageIds(fakeRandom(1))
    const ids = Array.from({ length: 32 * 32 * 32 + 5 }, next)
    expect(new Set(ids).size).toBe(ids.length)
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(ids.map((id) => id.slice(0, -10))).size).toBe(1)
    const digits = (n: number) => ids[n]?.slice(-10)
    expect(digits(0)).toBe('0000000000')
    expect(digits(31)).toBe('000000000Z')
    expect(digits(32)).toBe('0000000010')
    expect(digits(1023)).toBe('00000000ZZ')
    expect(digits(1024)).toBe('0000000100')
    expect(digits(2048)).toBe('0000000200')
    expect(digits(32767)).toBe('0000000ZZZ')
    expect(digits(32768)).toBe('0000001000')
  })

  it('takes its chance from outside, once for all ids', () => {
    let draws = 0
    const counted = fakeRandom(7)
    const next = messageIds((bytes) => {
      draws++
      return counted(bytes)
    })
    const before = draws
    expect(before).toBeGreaterThan(0)
    const ids = [next(), next()]
    expect(draws).toBe(before)
    const again = messageIds(fakeRandom(7))
    expect([again(), again()]).toEqual(ids)
    expect(messageIds(fakeRandom(8))()).not.toBe(ids[0])
  })
})

describe('randomIds', () => {
  it('draws each id anew', () => {
    const next = randomIds('job', systemRandom)
    const ids = Array.from({ length: 1000 }, next)
    expect(new Set(ids).size).toBe(1000)
    for (const id of ids) expect(id).toMatch(/^job_[0-7][0-9A-HJKMNP-TV-Z]{25}$/)
  })

  it('follows from the chance it is given', () => {
    expect(randomIds('job', fakeRandom(3))()).toBe(randomIds('job', fakeRandom(3))())
    expect(randomIds('job', fakeRandom(3))()).not.toBe(randomIds('job', fakeRandom(4))())
  })

  it('uses every character of its alphabet about equally', () => {
    const next = randomIds('s', systemRandom)
    const seen = new Map<string, number>()
    for (let i = 0; i < 2000; i++) {
      for (const character of next().slice(3)) seen.set(character, (seen.get(character) ?? 0) + 1)
    }
    expect(seen.size).toBe(32)
    const expected = (2000 * 25) / 32
    for (const count of seen.values()) expect(Math.abs(count - expected)).toBeLessThan(expected / 4)
  })
})
