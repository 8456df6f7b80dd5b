import type { Commands } from '../commands'
import { parseArgs } from './args'
import { resolveDirectory } from './directory'
import { EXIT, type ExitCode, Fail } from './fail'
import { createPaint } from './paint'
import { createTerminal, type OutputStream } from './terminal'

/** The process, as far as the program touches it, and the commands it runs. */
export interface RunOptions {
  /** The arguments after the script's name. */
  readonly argv: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  /** The directory reported on when none is named. */
  readonly defaultDir: string
  readonly version: string
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal
  /** Aborted when the user interrupts again. */
  readonly hurry: AbortSignal
  readonly commands: Commands
}

async function runRequest(options: RunOptions): Promise<void> {
  const { argv, version, env, stdout, signal, hurry, commands, defaultDir } = options
  const request = parseArgs(argv, version)
  const out = createTerminal(stdout, env)
  try {
    if (request.name === 'print') out.line(request.text)
    else if (request.name === 'serve')
      await commands.serve({
        ...request,
        root: await resolveDirectory('.', options),
        env,
        out,
        signal,
        hurry,
      })
    else
      await commands.runTour({
        dir: await resolveDirectory(request.dir ?? defaultDir, options),
        trace: request.trace,
        env,
        out,
        signal,
      })
  } finally {
    out.close()
  }
}

/**
 * Runs the program and resolves with what the process is to exit with; never rejects. A {@link Fail} is told
 * in a sentence on `stderr`; anything else was not foreseen, and is told with its stack.
 */
export async function run(options: RunOptions): Promise<ExitCode> {
  try {
    await runRequest(options)
    return EXIT.ok
  } catch (error) {
    if (options.signal.aborted) return EXIT.interrupted
    const paint = createPaint(options.stderr, options.env)
    const tell = (text: string) => options.stderr.write(`${text}\n`)
    if (error instanceof Fail) {
      tell(`${paint('red', 'error:')} ${error.message}`)
      if (error.hint !== undefined) tell(error.hint)
      return error.exitCode
    }
    tell(
      `${paint('red', 'error:')} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    )
    return EXIT.failed
  }
}
