import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A directory of its own for one test, gone when the test ends. */
export interface TempDirectory extends AsyncDisposable {
  /** Its real path. */
  readonly path: string
}

/** Makes one, with these files in it. */
export async function tempDirectory(files: Readonly<Record<string, string>> = {}): Promise<TempDirectory> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'arcp-runtime-')))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true })
    await writeFile(join(path, name), content)
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
