import { readdir, readFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { type BuildResult, build } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'
import { type EmptyProject, emptyProject } from './empty-project'
import { anywhere, published, specifiers, workspace } from './published'

const nodeOnly = new RegExp(
  `(from|import)[\\s(]*['"](node:|(${builtinModules.join('|')})['"])|types=["']node`,
)

let project: EmptyProject

beforeAll(async () => {
  project = await emptyProject(['@arcp/protocol', '@arcp/client', '@arcp/runtime', '@arcp/transport-ws'])
  return () => project[Symbol.asyncDispose]()
})

/** Bundles an entry of the project as a web page would have it. */
const bundle = (entry: string): Promise<BuildResult<{ metafile: true; write: false }>> =>
  build({
    stdin: { contents: entry, resolveDir: project.directory },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    metafile: true,
    write: false,
    logLevel: 'silent',
  })

describe.each(published.filter(({ name }) => anywhere.includes(name)))('$name', (manifest) => {
  it('R-PKG-4 names no module of Node in its sources', async () => {
    const src = join(workspace, 'packages', manifest.name.replace('@arcp/', ''), 'src')
    const files = (await readdir(src, { recursive: true })).filter((file) => /(?<!\.test)\.ts$/.test(file))
    const sources = await Promise.all(
      files.map(async (file) => ({ file, text: await readFile(join(src, file), 'utf8') })),
    )
    expect(sources.length).toBeGreaterThan(0)
    expect(sources.filter(({ text }) => nodeOnly.test(text)).map(({ file }) => file)).toEqual([])
  })

  it.each(specifiers(manifest))(
    'R-PKG-4 bundles %s for a browser whole, with nothing of Node',
    async (specifier) => {
      const result = await bundle(`import * as all from '${specifier}'; globalThis.all = all`)
      expect(Object.values(result.metafile.outputs).flatMap(({ imports }) => imports)).toEqual([])
    },
  )
})
