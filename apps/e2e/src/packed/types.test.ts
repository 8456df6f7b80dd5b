import { createRequire } from 'node:module'
import { beforeAll, it } from 'vitest'
import { type EmptyProject, emptyProject } from './empty-project'
import { anywhere, published, specifiers } from './published'
import { run } from './run'

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const everything = published.map(({ name }) => name)

const nodenext = { moduleResolution: 'nodenext', module: 'nodenext' }
const bundler = { moduleResolution: 'bundler', module: 'esnext' }
const forNode = { types: ['node'], lib: ['es2022', 'esnext.disposable'] }
const forBrowsers = { types: [], lib: ['es2022', 'esnext.disposable', 'dom'] }

let project: EmptyProject

beforeAll(async () => {
  project = await emptyProject(everything, { '@types/node': '^20' })
  return () => project[Symbol.asyncDispose]()
})

// Declarations of dependencies are checked along: what ours mention has to be installed with them.
it.each([
  { where: 'in Node, resolved as Node does', names: everything, options: { ...nodenext, ...forNode } },
  { where: 'in Node, resolved as bundlers do', names: everything, options: { ...bundler, ...forNode } },
  {
    where: 'in a browser, without the types of Node',
    names: anywhere,
    options: { ...bundler, ...forBrowsers },
  },
])('R-PKG-3 types are whole $where', async ({ names, options }) => {
  const imports = published
    .filter(({ name }) => names.includes(name))
    .flatMap(specifiers)
    .map((specifier, i) => `import * as m${i} from '${specifier}'`)
  const all = imports.map((_, i) => `m${i}`)
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipDefaultLibCheck: true,
    target: 'es2022',
    ...options,
  }
  await project.write('all.ts', `${imports.join('\n')}\nexport const all = [${all}]\n`)
  await project.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['all.ts'] }))
  await run(process.execPath, [tsc, '--project', '.'], project.directory)
})
