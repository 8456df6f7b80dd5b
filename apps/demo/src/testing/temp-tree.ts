import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A directory of its own for one test, gone when the test ends. */
export interface TempTree extends AsyncDisposable {
  /** Its real path. */
  readonly path: string
  /** Writes a file, with the directories it needs. */
  write(path: string, content: string | Uint8Array): Promise<void>
  /** Runs git in it, or in a directory below it; resolves with what git printed. */
  git(args: readonly string[], below?: string): Promise<string>
}

/** The environment in which git knows nothing of its user. */
export const gitEnv: NodeJS.ProcessEnv = {
  PATH: process.env.PATH,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
}

/** Makes a tree of the given files; a repository only once `git(['init'])` was run. */
export async function tempTree(files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<TempTree> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'arcp-demo-')))
  const tree: TempTree = {
    path,
    async write(name, content) {
      await mkdir(dirname(join(path, name)), { recursive: true })
      await writeFile(join(path, name), content)
    },
    async git(args, below = '') {
      const { stdout } = await run('git', args, { cwd: join(path, below), env: gitEnv })
      return stdout
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
  for (const [name, content] of Object.entries(files)) await tree.write(name, content)
  return tree
}
