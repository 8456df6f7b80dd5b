import { expect, it } from 'vitest'
import { progress } from '../testing/events'
import { EventBuffer } from './event-buffer'

it('gives events back in order and counts what it holds, through any mix of coming and going', () => {
  const buffer = new EventBuffer()
  const model: { seq: number; size: number }[] = []
  let seq = 0
  for (let round = 0; round < 200; round++) {
    for (let i = 0; i < (round * 7) % 97; i++) {
      seq++
      buffer.push(progress(seq), seq % 13)
      model.push({ seq, size: seq % 13 })
    }
    for (let i = 0; i < (round * 11) % 89; i++) {
      expect(buffer.shift()?.seq).toBe(model.shift()?.seq)
    }
    expect(buffer.length).toBe(model.length)
    expect(buffer.bytes).toBe(model.reduce((sum, { size }) => sum + size, 0))
  }
  expect(seq).toBeGreaterThan(2_000)
})

it('is empty once cleared', () => {
  const buffer = new EventBuffer()
  buffer.push(progress(1), 10)
  buffer.push(progress(2), 10)
  buffer.clear()
  expect([buffer.length, buffer.bytes, buffer.shift()]).toEqual([0, 0, undefined])
  buffer.push(progress(3), 5)
  expect([buffer.length, buffer.bytes, buffer.shift()?.seq]).toEqual([1, 5, 3])
})
