import { CloseCode, type Transport, type TransportClose } from '@arcp/protocol/transport'
import { describe, expect, test } from 'vitest'
import { type Recorder, record } from './recorder'

/** Two ends that are joined, not started yet. Disposing releases whatever carries them. */
export interface TransportPair extends AsyncDisposable {
  readonly left: Transport
  readonly right: Transport
}

/** Options of {@link transportContract}. */
export interface TransportContractOptions {
  /** The code the other end is told when `closer` closes with `code`, for media that cannot carry every code. */
  readonly carried?: (code: number, closer: 'left' | 'right') => number
  /** Whether the other end is told the reason of a close. Default `true`. */
  readonly carriesReason?: boolean
  /**
   * Makes a frame of a text, for media that do not carry any text there is; adds the same number of bytes to each.
   * Default: the text itself.
   */
  readonly frame?: (text: string) => string
}

/**
 * The behaviour every transport shares, as a suite of tests.
 *
 * Frames go from `left` to `right` where one direction is enough: run it a second time with the ends swapped.
 *
 * @param open Opens a fresh pair whose ends take frames up to `maxFrameBytes`.
 */
export function transportContract(
  name: string,
  open: (limits: { maxFrameBytes: number }) => Promise<TransportPair>,
  options: TransportContractOptions = {},
): void {
  const { carried = (code) => code, carriesReason = true, frame = (text) => text } = options
  const maxFrameBytes = 64 * 1024
  const maxTextBytes = maxFrameBytes - frame('').length
  const told = (code: number, reason: string, closer: 'left' | 'right'): TransportClose => ({
    code: carried(code, closer),
    reason: carriesReason ? reason : expect.any(String),
  })

  /** Runs `body` on a fresh pair, then makes sure that neither end told its close twice. */
  async function withPair(body: (left: Transport, right: Transport) => Promise<Recorder[]>): Promise<void> {
    let recorders: Recorder[] = []
    {
      await using pair = await open({ maxFrameBytes })
      recorders = await body(pair.left, pair.right)
    }
    for (const recorder of recorders) expect(recorder.closes.length).toBeLessThanOrEqual(1)
  }

  describe(`transport contract: ${name}`, () => {
    test('keeps the order of frames within and across batches', () =>
      withPair(async (left, right) => {
        const received = record(right)
        const sender = record(left)
        const sent = Array.from({ length: 500 }, (_, index) => frame(`frame ${index}`))
        for (let at = 0, size = 0; at < sent.length; at += size, size = (size + 1) % 7) {
          left.send(sent.slice(at, at + size))
        }
        await received.until(() => received.frames.length >= sent.length)
        expect(received.frames).toEqual(sent)
        return [received, sender]
      }))

    test('carries text unchanged: empty, NUL, byte order marks, all planes, escaped lone surrogates', () =>
      withPair(async (left, right) => {
        const received = record(right)
        const sender = record(left)
        const sent = [
          '',
          '\0',
          '{"mark":"\ufeff"}',
          'é€😀 \u2028\u2029',
          JSON.stringify({ lone: '\ud800', low: '\udc00', pair: '\ud83d\ude00', line: '\n' }),
        ].map(frame)
        left.send(sent)
        await received.until(() => received.frames.length >= sent.length)
        expect(received.frames).toEqual(sent)
        return [received, sender]
      }))

    test('carries a frame of exactly the largest size, counted in bytes of UTF-8', () =>
      withPair(async (left, right) => {
        const received = record(right)
        const sender = record(left)
        const sent = ['x'.repeat(maxTextBytes), '€'.repeat(Math.floor(maxTextBytes / 3)), 'after'].map(frame)
        left.send(sent)
        await received.until(() => received.frames.length >= sent.length)
        expect(received.frames.map((frame) => frame.length)).toEqual(sent.map((frame) => frame.length))
        expect(received.frames).toEqual(sent)
        return [received, sender]
      }))

    test.each([
      ['one byte too many', 'x'.repeat(maxTextBytes + 1)],
      ['too many bytes in few characters', '€'.repeat(Math.floor(maxTextBytes / 3) + 1)],
      ['far too many bytes', 'x'.repeat(maxTextBytes * 100)],
    ])('closes with 1009 on a frame of %s and tells both ends', (_, oversized) =>
      withPair(async (left, right) => {
        const received = record(right)
        const sender = record(left)
        left.send(['before', oversized, 'after'].map(frame))
        const codes = [(await received.closed).code, (await sender.closed).code]
        expect(codes).toEqual([CloseCode.messageTooBig, carried(CloseCode.messageTooBig, 'right')])
        expect(received.frames).toEqual([frame('before')])
        return [received, sender]
      }),
    )

    test('holds what arrives before the start and delivers it in order, never inside the call', () =>
      withPair(async (left, right) => {
        const sender = record(left)
        left.send(['one', 'two'].map(frame))
        left.send([frame('three')])
        await turn()
        const received = record(right)
        expect(received.frames).toEqual([])
        left.send([frame('four')])
        await received.until(() => received.frames.length >= 4)
        expect(received.frames).toEqual(['one', 'two', 'three', 'four'].map(frame))
        return [received, sender]
      }))

    test('delivers frames and close that came before the start, in that order', () =>
      withPair(async (left, right) => {
        const sender = record(left)
        left.send(['one', 'two'].map(frame))
        left.close(CloseCode.goingAway, 'moving')
        await turn()
        const received = record(right)
        expect(received.closes).toEqual([])
        const close = await received.closed
        expect(received.frames).toEqual(['one', 'two'].map(frame))
        expect(close).toEqual(told(CloseCode.goingAway, 'moving', 'left'))
        await sender.closed
        return [received, sender]
      }))

    test('tells both ends code and reason of the first close, and ignores later ones', () =>
      withPair(async (left, right) => {
        const received = record(right)
        const sender = record(left)
        left.close(4321, 'because')
        left.close(4322, 'again')
        expect(sender.closes).toEqual([])
        expect(await received.closed).toEqual(told(4321, 'because', 'left'))
        expect(await sender.closed).toEqual({ code: 4321, reason: 'because' })
        left.close(4323, 'late')
        right.close(4324, 'late')
        await turn()
        return [received, sender]
      }))

    test('closes with 1000 and no reason when none is given', () =>
      withPair(async (left, right) => {
        const received = record(right)
        const sender = record(left)
        left.close()
        expect(await received.closed).toEqual(told(CloseCode.normal, '', 'left'))
        expect(await sender.closed).toEqual({ code: CloseCode.normal, reason: '' })
        return [received, sender]
      }))

    test('shortens a reason that is too long to carry instead of failing', () =>
      withPair(async (left, right) => {
        const received = record(right)
        const sender = record(left)
        const reason = 'é'.repeat(200)
        left.close(CloseCode.normal, reason)
        const shortened = (await received.closed).reason
        if (carriesReason) expect(shortened.length).toBeGreaterThan(20)
        expect(!carriesReason || reason.startsWith(shortened)).toBe(true)
        await sender.closed
        return [received, sender]
      }))

    test('cuts without farewell on 1006', () =>
      withPair(async (left, right) => {
        const received = record(right)
        const sender = record(left)
        left.close(CloseCode.abnormal)
        expect((await received.closed).code).toBe(carried(CloseCode.abnormal, 'left'))
        expect((await sender.closed).code).toBe(CloseCode.abnormal)
        return [received, sender]
      }))

    test('delivers the frames sent before a close', () =>
      withPair(async (left, right) => {
        const received = record(right)
        const sender = record(left)
        const sent = Array.from({ length: 50 }, (_, index) => frame(String(index).padEnd(maxTextBytes, '.')))
        left.send(sent)
        left.close()
        await received.closed
        expect(received.frames).toEqual(sent)
        await sender.closed
        return [received, sender]
      }))

    test('R-MEM-6: drops what is sent on a closing or closed transport, and still tells the close', () =>
      withPair(async (left, right) => {
        const received = record(right)
        const sender = record(left)
        left.send([frame('before')])
        left.close()
        left.send([frame('closing')])
        await Promise.all([received.closed, sender.closed])
        left.send(['closed', 'closed'].map(frame))
        right.send([frame('closed')])
        await turn()
        expect(received.frames).toEqual([frame('before')])
        expect(sender.frames).toEqual([])
        return [received, sender]
      }))

    test('delivers nothing more to an end that has closed, also from within a frame', () =>
      withPair(async (left, right) => {
        const received = record(right, () => right.close(4000, 'enough'))
        const sender = record(left)
        left.send(['one', 'two', 'three'].map(frame))
        left.send([frame('four')])
        expect((await sender.closed).code).toBe(carried(4000, 'right'))
        expect((await received.closed).code).toBe(4000)
        expect(received.frames).toEqual([frame('one')])
        return [received, sender]
      }))

    test('delivers replies sent from within a frame, in order', () =>
      withPair(async (left, right) => {
        let replies = 0
        const received = record(right, () => right.send([frame(`reply ${++replies}`)]))
        const sender = record(left)
        left.send(['one', 'two'].map(frame))
        left.send([frame('three')])
        await sender.until(() => sender.frames.length >= 3)
        expect(sender.frames).toEqual(['reply 1', 'reply 2', 'reply 3'].map(frame))
        return [received, sender]
      }))

    test('tells each end once when both close at the same time', () =>
      withPair(async (left, right) => {
        const received = record(right)
        const sender = record(left)
        left.close(4001, 'left')
        right.close(4002, 'right')
        await Promise.all([received.closed, sender.closed])
        await turn()
        return [received, sender]
      }))

    test('buffers while the other end does not read, and tells when the buffer has drained', () =>
      withPair(async (left, right) => {
        const sender = record(left)
        expect(left.bufferedBytes).toBe(0)
        const large = frame('€'.repeat(maxTextBytes / 4))
        const sent = Array.from({ length: 400 }, () => large)
        left.send(sent)
        const buffered = left.bufferedBytes
        expect(buffered).toBeGreaterThan(0)
        expect(buffered).toBeLessThanOrEqual(sent.length * (large.length * 3 + 16))
        const received = record(right)
        await received.until(() => received.frames.length >= sent.length)
        await sender.until(() => sender.drains > 0 && left.bufferedBytes === 0)
        expect(received.frames).toHaveLength(sent.length)
        return [received, sender]
      }))

    test('tells of each drain, not only of the first', () =>
      withPair(async (left, right) => {
        const received = record(right)
        const sender = record(left)
        for (const round of [1, 2, 3]) {
          const before = sender.drains
          left.send([frame(`round ${round}`)])
          await sender.until(() => sender.drains > before && left.bufferedBytes === 0)
        }
        await received.until(() => received.frames.length >= 3)
        return [received, sender]
      }))

    test('refuses a second start', () =>
      withPair(async (left, right) => {
        const ends = [record(left), record(right)]
        for (const end of [left, right]) expect(() => record(end)).toThrow('started once')
        return ends
      }))
  })
}

/** Lets pending I/O and promises have a turn, so that what must not happen has had its chance to. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}
