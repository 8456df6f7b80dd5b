import { readdir, readFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'
import { type EmptyProject, emptyProject } from './empty-project'
import { anywhere, published, specifiers, workspace } from './published'

const nodeOnly = new RegExp(
  `(from|import)[\\s(]*['"](node:|(${builtinModules.join('|')})['"])|types=["']node`,
)

/** Bundles an entry as a web page would have it; tells what it took from where, and what it left to be imported. */
async function bundle(entry: string, resolveDir: string) {
  const { metafile } = await build({
    stdin: { contents: entry, resolveDir, sourcefile: 'page.js' },
    absWorkingDir: resolveDir,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  const outputs = Object.values(metafile.outputs)
  return {
    inputs: outputs.flatMap(({ inputs }) => Object.keys(inputs)).filter((path) => path !== 'page.js'),
    imports: outputs.flatMap(({ imports }) => imports),
  }
}

describe.each(published.filter(({ name }) => anywhere.includes(name)))('$name', ({ name }) => {
  it('R-PKG-4 names no module of Node in its sources', async () => {
    const src = join(workspace, 'packages', name.replace('@arcp/', ''), 'src')
    const files = (await readdir(src, { recursive: true })).filter((file) => /(?<!\.test)\.ts$/.test(file))
    const sources = await Promise.all(
      files.map(async (file) => ({ file, text: await readFile(join(src, file), 'utf8') })),
    )
    expect(sources.length).toBeGreaterThan(0)
    expect(sources.filter(({ text }) => nodeOnly.test(text)).map(({ file }) => file)).toEqual([])
  })
})

describe('in a browser', () => {
  let project: EmptyProject

  beforeAll(async () => {
    project = await emptyProject([...anywhere, '@arcp/transport-ws'])
    return () => project[Symbol.asyncDispose]()
  })

  const everyExport = published.filter(({ name }) => anywhere.includes(name)).flatMap(specifiers)

  it.each([...everyExport, '@arcp/transport-ws'])(
    'R-PKG-4 %s bundles whole, without Node',
    async (specifier) => {
      const { imports } = await bundle(`export * from '${specifier}'`, project.directory)
      expect(imports).toEqual([])
    },
  )

  it('a bundle with the WebSocket transport holds no ws', async () => {
    const { inputs } = await bundle(`export * from '@arcp/transport-ws'`, project.directory)
    expect(inputs.filter((path) => path.includes('@arcp/transport-ws/dist/'))).not.toEqual([])
    expect(inputs.filter((path) => path.includes('node_modules/ws/'))).toEqual([])
  })
})

it("R-PKG-5 a page that imports an agent's contract gets none of its implementation", async () => {
  const agents = join(workspace, 'apps/demo/src/agents')
  const { inputs, imports } = await bundle(`export { report, count } from './contracts.ts'`, agents)
  expect(imports).toEqual([])
  expect(inputs).toContain('contracts.ts')
  const others = inputs.filter((path) => !/node_modules\/|packages\/protocol\/dist\//.test(path))
  expect(others).toEqual(['contracts.ts'])
})
