import { spawn } from 'node:child_process'
import type { Dialer, Transport } from '@arcp/protocol/transport'
import { childTransport, type RuntimeProcess } from './child'
import { spawnFailure } from './explain'
import { type SpawnRuntimeOptions, type SpawnSettings, spawnSettings } from './options'

/**
 * A dialer that starts a runtime as a child process and speaks with it over its stdin and stdout.
 * `docs/protocol.md` §12.
 *
 * Each attempt to connect starts a child of its own, and the end of the connection is the end of the child: its stdin
 * ends, and if it does not end by that it is told to (see `closeTimeoutMs`). An attempt rejects with a
 * `ConnectionError` when the child cannot be started; one that dies later says so, with the end of what it wrote to
 * stderr, in the `ConnectionError` of whatever waits for it.
 *
 * @param command A program, found as the platform finds it; no shell reads it.
 * @param args Its arguments.
 * @throws TypeError when `command` is empty, and for an option there is none of
 */
export function spawnRuntime(
  command: string,
  args: readonly string[] = [],
  options: SpawnRuntimeOptions = {},
): Dialer {
  if (command === '') throw new TypeError('expected the name of a program, such as process.execPath')
  const settings = spawnSettings(command, args, options)
  return { transport: 'stdio', open: (signal) => open(settings, signal) }
}

/** One child. Whatever ends the attempt early ends it, too. */
function open(settings: SpawnSettings, signal: AbortSignal): Promise<Transport> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const child = start(settings)
    signal.addEventListener('abort', aborted)
    child.on('error', (cause) => {
      settled()
      reject(spawnFailure(settings, cause))
    })
    child.once('spawn', () => {
      settled()
      resolve(childTransport(child, settings))
    })

    function settled(): void {
      signal.removeEventListener('abort', aborted)
    }

    function aborted(): void {
      settled()
      reject(signal.reason)
      child.kill('SIGKILL')
    }
  })
}

function start(settings: SpawnSettings): RuntimeProcess {
  const { command, args, cwd, env } = settings
  try {
    return spawn(command, [...args], { cwd, env, stdio: 'pipe', windowsHide: true })
  } catch (cause) {
    throw spawnFailure(settings, cause)
  }
}
