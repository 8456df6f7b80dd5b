import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '@arcp/client'
import { DEFAULT_LIMITS } from '@arcp/runtime'
import { webSocket } from '@arcp/transport-ws'
import { listen } from '@arcp/transport-ws/server'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { progressOf } from './examples/agent-test'
import { report } from './examples/contract'
import { host } from './examples/hosting'
import { codeBlocks, sectionsOf, tableRows } from './markdown'
import { read } from './repository'

const readme = read('packages/runtime/README.md')
let dir = ''

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'arcp-readme-'))
  for (const name of ['a', 'b', 'c']) await writeFile(join(dir, name), name)
})

afterAll(() => rm(dir, { recursive: true }))

it("shows in the runtime's README the code that is run here, and no other", () => {
  const examples = ['hosting', 'agent-test'].map((name) => read(`apps/e2e/src/docs/examples/${name}.ts`))
  expect(codeBlocks(readme, 'ts')).toEqual(examples)
})

it('hosts an agent as the README does', async () => {
  const runtime = host()
  const server = await listen(runtime)
  const client = await connect(webSocket(server.url), { token: 'demo-token' })
  const job = await client.submit(report, { dir }, { lease: { 'tool.call': ['list'] } })
  expect(await job.result()).toEqual({ files: 3 })
  const denied = await client.submit(report, { dir })
  await expect(denied.result()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
  await client.close()
  await server.close()
  await runtime.close()
})

it('tests an agent as the README does', async () => {
  expect(await progressOf(dir)).toEqual([1, 2, 3])
})

/** A limit as people read it. */
function shown(name: string, value: number): string {
  const grouped = (count: number) => count.toLocaleString('en-US')
  if (name.endsWith('Ms'))
    return value % 60_000 === 0 ? `${value / 60_000} min` : `${grouped(value / 1000)} s`
  if (!/(Bytes|Size)(PerPrincipal)?$/.test(name)) return grouped(value)
  return value % 1024 ** 2 === 0 ? `${grouped(value / 1024 ** 2)} MiB` : `${grouped(value / 1024)} KiB`
}

it('lists every limit with its default', () => {
  const section = sectionsOf(readme).find(({ title }) => title === 'Limits')
  const listed = tableRows(section?.text ?? '').map(([name, value]) => [name, value])
  const actual = Object.entries(DEFAULT_LIMITS).map(([name, value]) => [`\`${name}\``, shown(name, value)])
  expect(listed).toEqual(actual)
})
