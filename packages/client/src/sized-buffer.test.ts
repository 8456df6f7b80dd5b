import type { JobEvent } from '@arcp/protocol'
import { expect, it } from 'vitest'
import { SizedBuffer } from './sized-buffer'
import { progress } from './testing/events'

it('gives items back in order and counts what it holds, through any mix of coming and going', () => {
  const buffer = new SizedBuffer<JobEvent>()
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
  const buffer = new SizedBuffer<JobEvent>()
  buffer.push(progress(1), 10)
  buffer.push(progress(2), 10)
  buffer.clear()
  expect([buffer.length, buffer.bytes, buffer.shift()]).toEqual([0, 0, undefined])
  buffer.push(progress(3), 5)
  expect([buffer.length, buffer.bytes, buffer.shift()?.seq]).toEqual([1, 5, 3])
})
