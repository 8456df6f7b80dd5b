import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** A directory of programs. Disposing removes it. */
export interface Programs extends AsyncDisposable {
  /** Where they are: `server.ts` has become `server.mjs`. */
  readonly directory: string
}

/** Makes programs that Node can run of source files, with all that these import of the workspace's sources. */
export async function programs(...sources: readonly URL[]): Promise<Programs> {
  const directory = await mkdtemp(join(tmpdir(), 'arcp-programs-'))
  await build({
    entryPoints: sources.map((source) => fileURLToPath(source)),
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@arcp/source'],
    // Some of what is bundled asks for Node's modules by `require`, which ES modules lack.
    banner: {
      js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)`,
    },
  })
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) }
}
