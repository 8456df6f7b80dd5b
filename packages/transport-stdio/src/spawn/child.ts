import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import type { Timer } from '@arcp/protocol'
import { CloseCode, type Transport, type TransportClose } from '@arcp/protocol/transport'
import { LineTransport } from '../line-transport'
import { deathOf } from './explain'
import type { SpawnSettings } from './options'
import { childOutput } from './output'

/** A child process whose three streams are pipes. */
export type RuntimeProcess = ChildProcessWithoutNullStreams

/** How long a child may take to end after SIGTERM until it gets SIGKILL, in milliseconds. */
const KILL_AFTER_MS = 2_000

/** How long the pipes of a child that has ended may stay open, for one of its own children may hold them. */
const LINGER_MS = 1_000

/** The transport to a child that has started; its end is the child's end. */
export function childTransport(child: RuntimeProcess, settings: SpawnSettings): Transport {
  const { clock, closeTimeoutMs, maxFrameBytes } = settings
  const { stdin, stdout, stderr } = child
  const output = childOutput(settings.stderr)
  let timer: Timer | undefined

  output.follow(stderr)
  const transport = new LineTransport({
    input: stdout,
    output: stdin,
    write: stdin.write.bind(stdin),
    maxFrameBytes,
    stray: (bytes) => output.take(bytes.toString()),
    finish,
  })
  child.once('exit', () => {
    setTimer(LINGER_MS, () => {
      stdout.destroy()
      stderr.destroy()
    })
  })
  child.once('close', (code, signal) => {
    timer?.cancel()
    transport.ended(ended(code, signal))
  })

  function setTimer(ms: number, run: () => void): void {
    timer?.cancel()
    timer = clock.setTimer(ms, run)
  }

  function finish(cut: boolean): void {
    if (cut) {
      child.kill('SIGKILL')
      return
    }
    stdin.end()
    if (child.exitCode !== null || child.signalCode !== null) return
    setTimer(closeTimeoutMs, () => {
      child.kill('SIGTERM')
      setTimer(KILL_AFTER_MS, () => child.kill('SIGKILL'))
    })
  }

  function ended(code: number | null, signal: NodeJS.Signals | null): TransportClose {
    return {
      code: code === 0 ? CloseCode.normal : CloseCode.abnormal,
      reason: deathOf(settings, code, signal, output.lastLines()),
    }
  }

  return transport
}
