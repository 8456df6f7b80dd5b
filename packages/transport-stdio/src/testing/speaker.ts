import { systemTimers, type Timers } from '@arcp/protocol'
import type { TransportHandler } from '@arcp/protocol/transport'
import { serveStdio } from '../serve/serve-stdio'

/** What a test may ask of the child below; each frame is one of these. */
export type Order =
  | { readonly do: 'echo' }
  /** Prints in each way that stdout has, and echoes. */
  | { readonly do: 'print' }
  /** Sends as many frames of 64 KiB, and writes to stderr what is buffered then. */
  | { readonly do: 'flood'; readonly frames: number }
  /** Writes to stderr. */
  | { readonly do: 'note'; readonly text: string }
  /** Never ends by itself from now on. */
  | { readonly do: 'stay' }
  | { readonly do: 'close'; readonly code: number; readonly reason: string }

/** Waits a hundredth of what it is told to. */
const hurried: Timers = {
  ...systemTimers,
  setTimer: (ms, run, options) => systemTimers.setTimer(ms / 100, run, options),
}

const note = (text: string) => process.stderr.write(`${text}\n`)

await serveStdio(
  {
    maxFrameBytes: 64 * 1024,
    accept(transport, peer) {
      const handler: TransportHandler = {
        frame(text) {
          const order: Order = JSON.parse(text)
          if (order.do === 'print') {
            console.log('by console.log')
            console.table(['by console.table'])
            process.stdout.write('by process.stdout.write\n')
          }
          if (order.do === 'flood') {
            const frame = JSON.stringify({ fill: 'x'.repeat(64 * 1024 - 11) })
            for (let i = 0; i < order.frames; i++) transport.send([frame])
            note(`buffered ${transport.bufferedBytes}`)
          } else if (order.do === 'note') note(order.text)
          else if (order.do === 'stay') setInterval(() => {}, 1_000)
          else if (order.do === 'close') transport.close(order.code, order.reason)
          else transport.send([text])
        },
        close: ({ code, reason }) => note(`told ${code} ${reason}`),
        drain() {},
      }
      note(`serving over ${peer.transport}`)
      transport.start(handler)
    },
    async close({ drainMs }) {
      note(`closing within ${drainMs}`)
    },
  },
  { clock: hurried },
)
note('served')
