import { describe, expect, it } from 'vitest'
import { systemClock } from '../clock'
import { memoryDialer, memoryPair } from './memory'
import type { Acceptor, Peer, Transport, TransportClose } from './transport'

/** Starts a transport and keeps what it is told. */
function record(transport: Transport) {
  const told: (string | TransportClose)[] = []
  let drains = 0
  transport.start({
    frame: (text) => told.push(text),
    close: (info) => told.push(info),
    drain: () => drains++,
  })
  return { told, drains: () => drains }
}

/** Lets every microtask that is due run, and no timer. */
const microtasks = () => new Promise<void>((resolve) => systemClock.defer(resolve))

describe('memoryPair', () => {
  it('delivers in microtasks, so that whoever owns the clock needs no turn of it', async () => {
    const [left, right] = memoryPair()
    const { told } = record(right)
    left.send(['a', 'b'])
    expect(told).toEqual([])
    await Promise.resolve()
    expect(told).toEqual(['a', 'b'])
  })

  it('takes frames of 1 MiB unless told otherwise, and closes with 1009 beyond', async () => {
    const [left, right] = memoryPair()
    const receiver = record(right)
    const largest = 'x'.repeat(1024 * 1024)
    left.send([largest])
    await microtasks()
    expect(receiver.told).toEqual([largest])
    left.send([`${largest}x`])
    await microtasks()
    expect(receiver.told[1]).toEqual({ code: 1009, reason: 'frame too large' })
  })

  it('delivers the frames of a batch that came before one too large', async () => {
    const [left, right] = memoryPair({ maxFrameBytes: 4 })
    const [sender, receiver] = [record(left), record(right)]
    left.send(['ab', '😀', 'éé€', 'never'])
    await microtasks()
    const close = { code: 1009, reason: 'frame too large' }
    expect(receiver.told).toEqual(['ab', '😀', close])
    expect(sender.told).toEqual([close])
  })

  it('counts what waits in bytes of UTF-8, each end its own', async () => {
    const [left, right] = memoryPair()
    const sender = record(left)
    left.send(['a', '€'])
    left.send(['😀'])
    expect([left.bufferedBytes, right.bufferedBytes]).toEqual([8, 0])
    await microtasks()
    expect([left.bufferedBytes, sender.drains()]).toEqual([8, 0])
    record(right)
    await microtasks()
    expect([left.bufferedBytes, sender.drains()]).toEqual([0, 1])
  })

  it('counts what is sent while the other end reads', async () => {
    const [left, right] = memoryPair()
    record(left)
    let replied = false
    right.start({
      frame() {
        if (!replied) left.send(['more'])
        replied = true
      },
      close() {},
      drain() {},
    })
    left.send(['first'])
    await Promise.resolve()
    expect(left.bufferedBytes).toBe(4)
    await microtasks()
    expect(left.bufferedBytes).toBe(0)
  })

  it('keeps two pairs apart', async () => {
    const [a1, a2] = memoryPair()
    const [, b2] = memoryPair()
    const [first, second] = [record(a2), record(b2)]
    a1.send(['a'])
    a1.close()
    await microtasks()
    expect(first.told).toEqual(['a', { code: 1000, reason: '' }])
    expect(second.told).toEqual([])
  })
})

describe('memoryDialer', () => {
  function acceptor(maxFrameBytes = 1024) {
    const accepted: { transport: Transport; peer: Peer }[] = []
    const target: Acceptor = {
      maxFrameBytes,
      accept: (transport, peer) => void accepted.push({ transport, peer }),
    }
    return { target, accepted }
  }

  it('opens a fresh pair for every attempt and hands over the far end', async () => {
    const { target, accepted } = acceptor()
    const dialer = memoryDialer(target)
    const near = await dialer.open(new AbortController().signal)
    await dialer.open(new AbortController().signal)
    expect(accepted.map(({ peer }) => peer)).toEqual([{ transport: 'memory' }, { transport: 'memory' }])
    expect(accepted[0]?.transport).not.toBe(accepted[1]?.transport)

    const far = accepted[0]?.transport
    if (!far) throw new Error('nothing was accepted')
    const { told } = record(far)
    near.send(['hello'])
    await microtasks()
    expect(told).toEqual(['hello'])
  })

  it("holds frames to the acceptor's limit", async () => {
    const { target } = acceptor(8)
    const near = await memoryDialer(target).open(new AbortController().signal)
    const { told } = record(near)
    near.send(['123456789'])
    await microtasks()
    expect(told).toEqual([{ code: 1009, reason: 'frame too large' }])
  })

  it('opens nothing once the signal has aborted, and rejects with its reason', async () => {
    const { target, accepted } = acceptor()
    const reason = new Error('changed my mind')
    await expect(memoryDialer(target).open(AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(accepted).toEqual([])
  })
})
