import { createHash, type Hash } from 'node:crypto'
import { agent } from '@arcp/protocol'
import { implement } from '@arcp/runtime'
import type { Row, Side } from '../row'
import { connectTo, serveAgents } from '../sides/arcp'
import { dialLoop, follow, read, send, serveLoop, write, writeEvent } from '../sides/loop'
import { perSecond, timed } from '../timing'

const CHUNK_BYTES = 64 * 1024
const CHUNKS_PER_MIB = 16

/** Two chunks of other bytes, taken by turns. */
const chunks = [7, 13].map((step) => Buffer.from(Array.from({ length: CHUNK_BYTES }, (_, i) => i * step)))

function chunkOf(index: number): Buffer {
  return chunks[index % chunks.length] ?? Buffer.alloc(0)
}

const film = implement(agent({ name: 'film', version: '1.0.0', output: 'bytes' }), async (input, ctx) => {
  const writer = ctx.resultStream().getWriter()
  for (let i = 0; i < Number(input); i++) {
    await writer.ready
    void writer.write(chunkOf(i))
  }
  await writer.close()
})

const ours: Side = {
  serve: () => serveAgents([film]),
  async drive(drive) {
    const client = await connectTo(drive.url)
    const take = async (mib: number) => {
      const job = await client.submit('film', mib * CHUNKS_PER_MIB)
      const hash = createHash('sha256')
      for await (const bytes of job.resultStream()) hash.update(bytes)
      check(hash, mib)
    }
    await take(Math.ceil(drive.size / 4))
    return perSecond(drive.size, await timed(drive, () => take(drive.size)))
  },
}

const loop: Side = {
  serve: () =>
    serveLoop((socket) => {
      socket.on('message', async (message) => {
        const count = Number(read(message).payload.input)
        for (let i = 0; i < count; i++) {
          const data = chunkOf(i).toString('base64')
          const chunk = { result_id: 'res_1', chunk_seq: i, data, encoding: 'base64', more: true }
          const wait = send(socket, writeEvent('job.result_chunk', i + 1, chunk))
          if (wait) await wait
        }
        socket.send(writeEvent('job.completed', count + 1, { result_id: 'res_1' }))
      })
    }),
  async drive(drive) {
    const socket = await dialLoop(drive.url)
    const take = async (mib: number) => {
      const hash = createHash('sha256')
      socket.send(write('job.submit', { agent: 'film', input: mib * CHUNKS_PER_MIB }))
      await follow(socket, ({ type, payload }) => {
        if (type === 'job.result_chunk') hash.update(Buffer.from(payload.data as string, 'base64'))
        return type === 'job.completed'
      })
      check(hash, mib)
    }
    await take(Math.ceil(drive.size / 4))
    return perSecond(drive.size, await timed(drive, () => take(drive.size)))
  },
}

/** @throws when what was hashed is not what the film holds */
function check(hash: Hash, mib: number): void {
  const expected = createHash('sha256')
  for (let i = 0; i < mib * CHUNKS_PER_MIB; i++) expected.update(chunkOf(i))
  if (hash.digest('hex') !== expected.digest('hex')) throw new Error('the result has another digest')
}

export const stream: Row = {
  name: 'stream',
  title: 'streamed result, 64 KiB chunks',
  unit: 'MiB/s',
  against: 'loop',
  aim: { atLeast: 1 },
  size: 200,
  sides: { ours, loop },
}
