import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type TemporaryDirectory, temporaryDirectory } from './temporary-directory'

/** Whether a message is the one that is waited for. */
type Passes<Said, Wanted extends Said> = ((said: Said) => said is Wanted) | ((said: Said) => boolean)

/** A script in a process of its own. Disposing kills it. */
export interface Script<Said> extends AsyncDisposable {
  /** Resolves with the first message from now on that passes; rejects when the process ends before. */
  next<Wanted extends Said = Said>(passes: Passes<Said, Wanted>): Promise<Wanted>
  /** Sends it a message. */
  send(message: object): void
  /** Ends it without a warning; resolves when it is gone. */
  kill(): Promise<void>
  /** Resolves with its exit code; `null` when it was killed. */
  readonly exited: Promise<number | null>
}

/** Bundles a script from the sources of the packages. Resolves with where it is. */
export async function bundleScript(source: URL, directory: TemporaryDirectory): Promise<string> {
  const outfile = join(directory.path, 'script.cjs')
  await build({
    entryPoints: [fileURLToPath(source)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    conditions: ['@arcp/source'],
  })
  return outfile
}

/** Bundles a script, and starts it. */
export async function startScript<Said>(
  source: URL,
  { args = [], nodeArgs = [] }: { readonly args?: readonly string[]; readonly nodeArgs?: readonly string[] },
): Promise<Script<Said>> {
  const directory = await temporaryDirectory()
  const outfile = await bundleScript(source, directory)
  const child = fork(outfile, args, { execArgv: [...nodeArgs] })
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  return {
    next: (passes) => next(child, passes),
    send: (message) => void child.send(message),
    kill,
    exited,
    async [Symbol.asyncDispose]() {
      await kill()
      await directory[Symbol.asyncDispose]()
    },
  }
}

function next<Said, Wanted extends Said>(child: ChildProcess, passes: Passes<Said, Wanted>): Promise<Wanted> {
  return new Promise((resolve, reject) => {
    const take = (said: unknown) => {
      if (!passes(said as Said)) return
      stop()
      resolve(said as Wanted)
    }
    const fail = () => {
      stop()
      reject(new Error('the process ended before it said what was waited for'))
    }
    const stop = () => {
      child.off('message', take)
      child.off('exit', fail)
    }
    child.on('message', take)
    child.on('exit', fail)
  })
}
