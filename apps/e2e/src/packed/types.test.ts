import { createRequire } from 'node:module'
import { beforeAll, describe, it } from 'vitest'
import { type EmptyProject, emptyProject } from './empty-project'
import { anywhere, published, specifiers } from './published'
import { run } from './run'

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const strict = { strict: true, noEmit: true, target: 'es2022', lib: ['es2022', 'esnext.disposable', 'dom'] }
const everything = published.map(({ name }) => name)

let project: EmptyProject

beforeAll(async () => {
  project = await emptyProject(everything, { '@types/node': '^20' })
  return () => project[Symbol.asyncDispose]()
})

describe.each([
  { moduleResolution: 'bundler', module: 'esnext' },
  { moduleResolution: 'nodenext', module: 'nodenext' },
])('resolved as $moduleResolution does', (mode) => {
  it.each([
    { who: 'every package', names: everything, types: ['node'] },
    { who: 'what runs anywhere, without the types of Node', names: anywhere, types: [] },
  ])('R-PKG-3 the types are whole: $who', async ({ names, types }) => {
    const imports = published
      .filter(({ name }) => names.includes(name))
      .flatMap(specifiers)
      .map((specifier, i) => `import * as m${i} from '${specifier}'`)
    const all = imports.map((_, i) => `m${i}`)
    await project.write('all.ts', `${imports.join('\n')}\nexport const all = [${all}]\n`)
    await project.write('tsconfig.json', JSON.stringify({ compilerOptions: { ...strict, ...mode, types } }))
    await run(process.execPath, [tsc, '--project', '.'], project.directory)
  })
})
