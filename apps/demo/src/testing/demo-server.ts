import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url))

/** The built demo. */
export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

/** The built demo, serving in a process of its own. */
export interface DemoServer extends AsyncDisposable {
  /** Where its page is. */
  readonly page: string
  /** Where its runtime is. */
  readonly runtime: string
  /** Interrupts it as Ctrl-C does. */
  interrupt(): void
  /** Tells it twice to stop, so that it waits for no job; resolves with its exit code. */
  stop(): Promise<number | null>
  /** Resolves with its exit code. */
  readonly exited: Promise<number | null>
  /** Kills it, so that it can do nothing more; resolves when it is gone. */
  kill(): Promise<void>
}

/** Resolves with what the demo prints before it waits; rejects if it ends before. All it prints is read. */
function greeting(demo: ChildProcess): Promise<string> {
  let output = ''
  return new Promise((resolve, reject) => {
    demo.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      output += piece
      if (output.includes('Ctrl-C')) resolve(output)
    })
    demo.stdout?.on('end', () =>
      reject(new Error(`the demo ended before it served; was it built? It printed: ${output}`)),
    )
  })
}

/** What a line of it says after its label. */
function said(output: string, label: string): string {
  const [, found] = output.match(new RegExp(`^${label}: +(\\S+)$`, 'm')) ?? []
  if (found === undefined) throw new Error(`the demo did not tell its ${label}; it printed: ${output}`)
  return found
}

/** Starts `serve`, on a free port unless told, and waits until it serves; its reports are on directories of this repository. */
export async function startDemoServer(...options: string[]): Promise<DemoServer> {
  const demo = spawn(process.execPath, [CLI, 'serve', '--port', '0', ...options], {
    cwd: ROOT,
    env: { ...process.env, INIT_CWD: ROOT },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(demo, 'exit').then(([code]) => code as number | null)
  // Two signals: of one and the same, a process may not notice that it came twice.
  const stop = (): Promise<number | null> => {
    demo.kill('SIGINT')
    demo.kill('SIGTERM')
    return exited
  }
  const output = await greeting(demo)
  return {
    page: said(output, 'Page'),
    runtime: said(output, 'Runtime'),
    interrupt: () => void demo.kill('SIGINT'),
    stop,
    exited,
    async kill() {
      demo.kill('SIGKILL')
      await exited
    },
    [Symbol.asyncDispose]: async () => void (await stop()),
  }
}
