import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { pnpm, run } from './run'

/** A project of someone else, outside the workspace, holding only what it asked for. */
export interface EmptyProject extends AsyncDisposable {
  /** Where it is. */
  directory: string
  /** Writes a file and returns its path. */
  write(name: string, content: string): Promise<string>
  /** Runs an ES module as that project would and returns what it printed. */
  node(source: string): Promise<string>
}

/**
 * Installs the tarballs of the named packages into a new empty project. `@arcp/protocol` comes from its tarball
 * too, for those that depend on it. Nothing is hoisted: a package finds what it declares and no more.
 */
export async function emptyProject(
  names: readonly string[],
  others: Record<string, string> = {},
): Promise<EmptyProject> {
  const directory = await mkdtemp(join(tmpdir(), 'arcp-empty-project-'))
  const tarballs = inject('tarballs')
  const write = async (name: string, content: string): Promise<string> => {
    const path = join(directory, name)
    await writeFile(path, content)
    return path
  }
  const dependencies = Object.fromEntries(names.map((name) => [name, `file:${tarballs[name]}`]))
  await write(
    'package.json',
    JSON.stringify({ type: 'module', private: true, dependencies: { ...dependencies, ...others } }),
  )
  await write(
    'pnpm-workspace.yaml',
    JSON.stringify({ hoist: false, overrides: { '@arcp/protocol': `file:${tarballs['@arcp/protocol']}` } }),
  )
  await pnpm(['install', '--no-lockfile', '--prefer-offline'], directory)
  return {
    directory,
    write,
    node: async (source) => run('node', [await write('main.mjs', source)], directory),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}
