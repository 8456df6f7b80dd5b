import type { Readable, Writable } from 'node:stream'
import { refuseOthers, systemTimers, type Timers } from '@arcp/protocol'
import { type Acceptor, CloseCode, type TransportClose } from '@arcp/protocol/transport'
import { LineTransport } from '../line-transport'
import { leaveStdoutToFrames } from './own-stdout'

/** What {@link serveStdio} needs of a runtime. One without `close` is for its program to close. */
export interface StdioRuntime extends Acceptor {
  /** Ends it, once jobs have had `drainMs` more milliseconds to come to their own ends. */
  close?(options: { readonly drainMs: number }): Promise<void>
}

/** Options of {@link serveStdio}. */
export interface ServeStdioOptions {
  /** How long jobs may go on once the parent has gone, in milliseconds. Default 2,000. */
  readonly drainMs?: number
  /** How long what was sent may take to leave when the connection is closed, in milliseconds. Default 2,000. */
  readonly closeTimeoutMs?: number
  /** Where frames come from. Default: this process's stdin. */
  readonly input?: Readable
  /** Where frames go to. Default: this process's stdout, which then is for nothing else. */
  readonly output?: Writable
  /** Measures the waits. Default: the machine's. */
  readonly clock?: Timers
}

/** How long a process may take to end by itself once its runtime has closed, in milliseconds. */
const EXIT_AFTER_MS = 2_000

/**
 * Serves the process that started this one over stdin and stdout, a frame a line. `docs/protocol.md` §12.
 *
 * From now on whatever else is written to `process.stdout`, by `console.log` or in another way, goes to stderr. When
 * the parent ends stdin, or has ended itself, the runtime closes after `drainMs`, and this resolves. The process then
 * ends by itself; one that something keeps alive is ended 2,000 ms later. A connection that this side had to break off
 * says why on stderr, and makes 1 the exit code.
 *
 * @throws TypeError for an option there is none of
 */
export async function serveStdio(runtime: StdioRuntime, options: ServeStdioOptions = {}): Promise<void> {
  const {
    drainMs = 2_000,
    closeTimeoutMs = 2_000,
    input = process.stdin,
    output = process.stdout,
    clock = systemTimers,
    ...others
  } = options
  refuseOthers(others)
  const { code, reason } = await connection(runtime, { closeTimeoutMs, input, output, clock })
  const isOwn = options.output === undefined
  if (isOwn && code !== CloseCode.normal && code !== CloseCode.goingAway) {
    process.stderr.write(`the connection was closed with code ${code}: ${reason}\n`)
    process.exitCode = 1
  }
  if (!runtime.close) return
  await runtime.close({ drainMs })
  if (isOwn) clock.setTimer(EXIT_AFTER_MS, () => process.exit(), { keepAlive: false })
}

/** Hands the one transport there is to the runtime; resolves with its end. */
function connection(
  runtime: Acceptor,
  { closeTimeoutMs, input, output, clock }: Required<Omit<ServeStdioOptions, 'drainMs'>>,
): Promise<TransportClose> {
  const write = output === process.stdout ? leaveStdoutToFrames() : output.write.bind(output)
  return new Promise((resolve) => {
    const transport = new LineTransport({
      input,
      output,
      write,
      maxFrameBytes: runtime.maxFrameBytes,
      finish,
    })
    runtime.accept(transport, { transport: 'stdio' })

    function finish(cut: boolean): void {
      if (cut) {
        queueMicrotask(ended)
        return
      }
      const timer = clock.setTimer(closeTimeoutMs, ended)
      output.end(() => {
        timer.cancel()
        ended()
      })
    }

    function ended(): void {
      output.destroy()
      input.destroy()
      resolve(transport.ended({ code: CloseCode.normal, reason: '' }))
    }
  })
}
