import { type Random, utf8Length } from '@arcp/protocol'
import { memoryPair } from '@arcp/protocol/transport'
import { scriptedPeer, seededRandom } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { agentOf } from '../testing/agents'
import { harness } from '../testing/harness'
import { resultOf } from '../testing/result'

const uint = (random: Random, below: number) => Buffer.from(random(4)).readUInt32BE() % below

/** Characters of every length, surrogates in and out of pairs, and what JSON escapes, long and short. */
const ALPHABET = [
  'a',
  '"',
  '\\',
  '\n',
  '\u0000',
  '\u001f',
  'ü',
  '\u2028',
  '漢',
  '😀',
  '𝒳',
  '\ud83d',
  '\ude00',
  '\udfff',
]

function randomText(random: Random, length: number): string {
  const favourite = uint(random, ALPHABET.length)
  let text = ''
  for (let i = 0; i < length; i++) {
    text += ALPHABET[uint(random, 3) === 0 ? uint(random, ALPHABET.length) : favourite]
  }
  return text
}

/** Text cut anywhere, also between the halves of a pair. */
function randomPieces(random: Random, text: string): string[] {
  const pieces: string[] = []
  for (let at = 0; at < text.length; ) {
    const length = uint(random, 4) === 0 ? uint(random, 3) : 1 + uint(random, 4_000)
    pieces.push(text.slice(at, at + length))
    at += length
  }
  return pieces
}

const hasLoneHalfAtEdge = (whole: string, at: number) =>
  /[\ud800-\udbff]/.test(whole.charAt(at - 1)) && /[\udc00-\udfff]/.test(whole.charAt(at))

describe('R-CHK-4: text in random pieces comes back whole, no pair split between chunks', () => {
  it.each(Array.from({ length: 30 }, (_, seed) => seed))('seed %i', async (seed) => {
    const random = seededRandom(`text-${seed}`)
    const text = randomText(random, 1 + uint(random, 20_000))
    const pieces = randomPieces(random, text)
    const maxFrameBytes = seed % 2 === 0 ? 4_096 : 20_000
    const writing = agentOf('writing', async (_, ctx) => {
      const writer = ctx.resultStream().getWriter()
      for (const piece of pieces) await writer.write(piece)
    })
    await using h = harness({ agents: [writing], limits: { maxFrameBytes } })
    const peer = await h.connect()
    const { ended, chunks } = await resultOf(peer, { agent: 'writing' }, { loneSurrogates: true })
    expect(chunks.map(({ payload }) => payload.data).join('')).toBe(text)
    expect(ended.payload).toMatchObject({ result_format: 'text', result_size: utf8Length(text) })
    let at = 0
    for (const { payload } of chunks) {
      at += String(payload.data).length
      expect(hasLoneHalfAtEdge(text, at)).toBe(false)
    }
  })
})

describe('random bytes in random pieces come back whole', () => {
  it.each(Array.from({ length: 10 }, (_, seed) => seed))('seed %i', async (seed) => {
    const random = seededRandom(`bytes-${seed}`)
    const pieces = Array.from({ length: 1 + uint(random, 20) }, () => random(uint(random, 9_000)))
    const writing = agentOf('writing', async (_, ctx) => {
      const writer = ctx.resultStream().getWriter()
      for (const piece of pieces) await writer.write(piece)
    })
    await using h = harness({ agents: [writing], limits: { maxFrameBytes: 4_096 } })
    const peer = await h.connect()
    const { bytes } = await resultOf(peer, { agent: 'writing' })
    expect(bytes.equals(Buffer.concat(pieces))).toBe(true)
  })
})

describe('R-CHK-2: every frame is within the limit', () => {
  it.each([
    ['control characters', '\u0001'],
    ['three-byte characters', '漢'],
    ['pairs', '😀'],
    ['lone halves', '\ud83d'],
    ['quotes', '"'],
    ['letters', 'x'],
  ])('also the smallest, also of %s', async (_, character) => {
    const text = character.repeat(5_000)
    const large = agentOf('large', () => text)
    await using h = harness({ agents: [large], limits: { maxFrameBytes: 4_096 } })
    const sizes: number[] = []
    const [near, far] = memoryPair({ maxFrameBytes: 4_096 })
    h.runtime.accept(
      {
        start: (handler) => far.start(handler),
        send(frames) {
          for (const frame of frames) sizes.push(Buffer.byteLength(frame))
          far.send(frames)
        },
        close: (code, reason) => far.close(code, reason),
        get bufferedBytes() {
          return far.bufferedBytes
        },
      },
      { transport: 'memory' },
    )
    const peer = scriptedPeer(near)
    await peer.hello()
    const { chunks } = await resultOf(peer, { agent: 'large' }, { loneSurrogates: true })
    expect(JSON.parse(chunks.map(({ payload }) => payload.data).join(''))).toBe(text)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4_096)
  })
})
