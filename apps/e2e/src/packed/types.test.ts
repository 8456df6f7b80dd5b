import { beforeAll, expect, it } from 'vitest'
import { type EmptyProject, emptyProject } from './empty-project'
import { anywhere, published, specifiers } from './published'
import { typeErrors } from './type-errors'

const everything = published.map(({ name }) => name)

const nodenext = { moduleResolution: 'nodenext', module: 'nodenext' }
const bundler = { moduleResolution: 'bundler', module: 'esnext' }
const forNode = { types: ['node'], lib: ['es2022'] }
const forBrowsers = { types: [], lib: ['es2022', 'dom'] }

let project: EmptyProject

beforeAll(async () => {
  // What one subpath needs beside its package is brought along by those who import it.
  const optional = { '@opentelemetry/sdk-trace-base': '^2.0.0' }
  project = await emptyProject(everything, { '@types/node': '^20', ...optional })
  return () => project[Symbol.asyncDispose]()
})

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
  await project.write('all.ts', `${imports.join('\n')}\nexport const all = [${all}]\n`)
  expect(typeErrors(project.directory, ['all.ts'], options)).toEqual([])
})

it('R-PKG-3 types that are not whole are told', async () => {
  const wrong =
    "import type { Absent } from '@arcp/client'\nimport type {} from 'absent'\nexport type A = Absent\n"
  await project.write('wrong.ts', wrong)
  const told = typeErrors(project.directory, ['wrong.ts'], { ...nodenext, ...forNode })
  expect(told).toEqual([expect.stringContaining('TS2305'), expect.stringContaining('TS2307')])
})
