import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { transform } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'
import { codeBlocks, sectionsOf, tableRows } from '../docs/markdown'
import { type EmptyProject, emptyProject } from './empty-project'
import { published, workspace } from './published'
import { typeErrors } from './type-errors'

const readme = readFileSync(join(workspace, 'README.md'), 'utf8')

/** The programs of the quick start, by the file name in their first line. */
const programs = Object.fromEntries(
  codeBlocks(readme, 'ts').map((code) => [/^\/\/ (\w+\.ts)\n/.exec(code)?.[1] ?? code, code]),
)

describe('the quick start of the README, in a project of its own', () => {
  let project: EmptyProject

  beforeAll(async () => {
    const names = published.map(({ name }) => name)
    project = await emptyProject(names, { valibot: '^1.5.0', '@types/node': '^20' })
    for (const [name, code] of Object.entries(programs)) await project.write(name, code)
    return () => project[Symbol.asyncDispose]()
  })

  it('is a contract and a program for each side', () => {
    expect(Object.keys(programs)).toEqual(['contract.ts', 'server.ts', 'client.ts'])
  })

  it('has its types right', () => {
    const options = { module: 'nodenext', moduleResolution: 'nodenext', types: ['node'] }
    expect(typeErrors(project.directory, Object.keys(programs), options)).toEqual([])
  })

  it('runs, and prints what the README says', async () => {
    for (const [name, code] of Object.entries(programs)) {
      const program = await transform(code, { loader: 'ts', target: 'node20' })
      await project.write(name.replace('.ts', '.js'), program.code.replace('port: 7777', 'port: 0'))
    }
    const server = spawn(process.execPath, ['server.js'], {
      cwd: project.directory,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const closed = once(server, 'close')
    try {
      const [greeting] = await once(server.stdout.setEncoding('utf8'), 'data')
      const [, url = ''] = /^listening at (ws:\S+)\n$/.exec(greeting) ?? []
      const client = readFileSync(join(project.directory, 'client.js'), 'utf8')
      const printed = await project.node(client.replace(/ws:[^"']+/, url))
      expect(readme).toContain(`\`\`\`\n${printed}\`\`\`\n`)
      expect(printed).toMatch(/words\n/)
    } finally {
      server.kill()
      await closed
    }
  })
})

describe('the README', () => {
  it('lists every package that is published, with what it depends on of ours', () => {
    const section = sectionsOf(readme).find(({ title }) => title === 'Packages')
    const rows = tableRows(section?.text ?? '').map(([name = '', , , dependencies = '']) => ({
      name: /`(.+)`/.exec(name)?.[1],
      folder: /\((.+)\)/.exec(name)?.[1],
      dependencies: [...dependencies.matchAll(/`(.+?)`/g)].map(([, dependency]) => dependency),
    }))
    const expected = published.map(({ name, dependencies = {} }) => ({
      name,
      folder: name.replace('@arcp/', 'packages/'),
      dependencies: Object.keys(dependencies).filter((dependency) => dependency.startsWith('@arcp/')),
    }))
    const byName = (a: { name?: string }, b: { name?: string }) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1)
    expect(rows.toSorted(byName)).toEqual(expected.toSorted(byName))
  })
})
