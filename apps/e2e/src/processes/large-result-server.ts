import { createHash } from 'node:crypto'
import { agent } from '@arcp/protocol'
import { createRuntime, implement, staticTokens } from '@arcp/runtime'
import { listen } from '@arcp/transport-ws/server'
import { type Peak, watchPeak } from './peak'

/** What a server says: where it is, then, of each film it has streamed, its digest and what that took. */
export type Said = { readonly url: string } | { readonly sha256: string; readonly memory: Peak }

const PIECE_BYTES = 65_536

/** Streams as many bytes as its input says, no two pieces alike, as fast as they are taken. */
const film = implement(agent({ name: 'film', version: '1.0.0', output: 'bytes' }), async (input, ctx) => {
  const watch = watchPeak()
  const hash = createHash('sha256')
  const writer = ctx.resultStream().getWriter()
  for (let left = Number(input), n = 0; left > 0; left -= PIECE_BYTES, n++) {
    const piece = Buffer.alloc(Math.min(PIECE_BYTES, left), `piece ${n} `)
    hash.update(piece)
    await writer.ready
    void writer.write(piece)
  }
  await writer.close()
  say({ sha256: hash.digest('hex'), memory: watch.end() })
})

async function main(): Promise<void> {
  const runtime = createRuntime({
    name: 'films',
    version: '1.0.0',
    auth: staticTokens({ t: 'ada' }),
    agents: [film],
  })
  const { url } = await listen(runtime)
  say({ url })
}

function say(said: Said): void {
  process.send?.(said)
}

void main()
