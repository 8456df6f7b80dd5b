import { memoryPair } from '@arcp/protocol/transport'
import { expect, test } from 'vitest'
import { TestClock } from '../test-clock'
import { type Faults, faultyTransport } from './faulty'
import { record } from './recorder'

function open(faults: Faults) {
  const [inner, right] = memoryPair()
  const left = faultyTransport(inner, faults)
  return { left, right, near: record(left), far: record(right) }
}

/** Lets every queued microtask run. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('cuts after a number of outgoing frames and tells both ends 1006', async () => {
  const { left, near, far } = open({ outgoing: { cutAfterFrames: 2 } })
  left.send(['one', 'two', 'three'])
  left.send(['four'])
  expect([(await near.closed).code, (await far.closed).code]).toEqual([1006, 1006])
  expect(far.frames).toEqual(['one', 'two'])
})

test('cuts after a number of incoming frames', async () => {
  const { right, near, far } = open({ incoming: { cutAfterFrames: 1 } })
  right.send(['one', 'two'])
  expect([(await near.closed).code, (await far.closed).code]).toEqual([1006, 1006])
  expect(near.frames).toEqual(['one'])
})

test('cuts inside a frame: the part of it that had left never arrives', async () => {
  const { left, near, far } = open({ outgoing: { cutAfterBytes: 7 } })
  left.send(['1234', '€56', '7'])
  expect([(await near.closed).code, (await far.closed).code]).toEqual([1006, 1006])
  expect(far.frames).toEqual(['1234'])
})

test('lets the frame that ends exactly at the cut pass', async () => {
  const { left, far } = open({ outgoing: { cutAfterBytes: 7 } })
  left.send(['1234', '€', 'x'])
  await far.closed
  expect(far.frames).toEqual(['1234', '€'])
})

test('loses and duplicates the frames it is told to', async () => {
  const { left, far } = open({
    outgoing: { copies: (frame, index) => (frame === 'lost' ? 0 : index === 2 ? 2 : 1) },
  })
  left.send(['one', 'lost', 'twice', 'last'])
  await far.until(() => far.frames.includes('last'))
  expect(far.frames).toEqual(['one', 'twice', 'twice', 'last'])
})

test('tells that a frame which is lost has left', async () => {
  const left = faultyTransport(memoryPair()[0], { outgoing: { copies: () => 0 } })
  const drained = new Promise<void>((resolve) => {
    left.start({ frame() {}, close() {}, drain: resolve })
  })
  left.send(['lost'])
  await drained
  expect(left.bufferedBytes).toBe(0)
})

test('delays frames and the close behind them by the clock, in order', async () => {
  const clock = new TestClock()
  const { left, near, far } = open({ clock, outgoing: { delayMs: 10 } })
  left.send(['one'])
  clock.advance(5)
  left.send(['two'])
  left.close(4000, 'done')
  left.send(['after the close'])
  expect(left.bufferedBytes).toBe(6)
  clock.advance(5)
  await turn()
  expect(far.frames).toEqual(['one'])
  expect(left.bufferedBytes).toBe(3)
  clock.advance(5)
  expect(await far.closed).toEqual({ code: 4000, reason: 'done' })
  expect(far.frames).toEqual(['one', 'two'])
  expect(await near.closed).toEqual({ code: 4000, reason: 'done' })
})

test('delays what arrives, the close included', async () => {
  const clock = new TestClock()
  const { right, near, far } = open({ clock, incoming: { delayMs: 10 } })
  right.send(['one'])
  right.close()
  await far.closed
  expect([near.frames, near.closes]).toEqual([[], []])
  clock.advance(10)
  expect(near.frames).toEqual(['one'])
  expect(await near.closed).toEqual({ code: 1000, reason: '' })
})

test('loses delayed frames in a cut', async () => {
  const clock = new TestClock()
  const { left, right, near, far } = open({ clock, outgoing: { delayMs: 10 }, incoming: { delayMs: 10 } })
  left.send(['out'])
  right.send(['in'])
  await turn()
  left.cut()
  clock.advance(10)
  await Promise.all([near.closed, far.closed])
  expect([near.frames, far.frames]).toEqual([[], []])
})

test('goes half-open: nothing passes either way, nobody is told, the sender keeps buffering', async () => {
  const { left, right, near, far } = open({ outgoing: { stallAfterFrames: 1 } })
  left.send(['one', 'two'])
  left.send(['€'])
  right.send(['unheard'])
  await turn()
  expect(far.frames).toEqual(['one'])
  expect(near.frames).toEqual([])
  expect([near.closes, far.closes]).toEqual([[], []])
  expect(left.bufferedBytes).toBe(6)
  expect(left.isStalled).toBe(true)
  right.close()
  await far.closed
  await turn()
  expect(near.closes).toEqual([])
})

test('tells a half-open end of a cut, also when the other end has closed long ago', async () => {
  const { left, right, near, far } = open({})
  left.stall()
  right.close()
  await far.closed
  await turn()
  expect(near.closes).toEqual([])
  left.cut()
  expect(await near.closed).toEqual({ code: 1006, reason: 'cut' })
})

test('tells a half-open end of its own close, and of no other', async () => {
  const { left, near, far } = open({ incoming: {} })
  left.stall()
  left.close(4001, 'silent')
  left.close(4002, 'again')
  expect(await near.closed).toEqual({ code: 4001, reason: 'silent' })
  await turn()
  expect([near.closes.length, far.closes.length]).toEqual([1, 0])
})
