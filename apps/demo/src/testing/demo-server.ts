import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

/** The built demo, serving in a process of its own. */
export interface DemoServer extends AsyncDisposable {
  /** Where its page is. */
  readonly page: string
  /** Interrupts it as Ctrl-C does; resolves with its exit code. */
  stop(): Promise<number | null>
}

/** Resolves with what the demo prints after `label`; rejects if it ends before. */
async function printed(demo: ChildProcess, label: string): Promise<string> {
  let output = ''
  for await (const piece of demo.stdout ?? []) {
    output += piece
    const [, found] = output.match(new RegExp(`^${label}: +(\\S+)\\n`, 'm')) ?? []
    if (found !== undefined) return found
  }
  throw new Error(`the demo ended before it served; was it built? It printed: ${output}`)
}

/** Starts `serve` on a free port and waits until it serves. */
export async function startDemoServer(...options: string[]): Promise<DemoServer> {
  const demo = spawn(process.execPath, [CLI, 'serve', '--port', '0', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(demo, 'exit')
  const stop = async (): Promise<number | null> => {
    demo.kill('SIGINT')
    const [code] = await exited
    return code
  }
  const page = await printed(demo, 'Page')
  return { page, stop, [Symbol.asyncDispose]: async () => void (await stop()) }
}
