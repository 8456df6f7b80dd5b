import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '@arcp/client'
import { agent } from '@arcp/protocol'
import { DEFAULT_LIMITS, implement, runAgent } from '@arcp/runtime'
import { webSocket } from '@arcp/transport-ws'
import { listen } from '@arcp/transport-ws/server'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { progressOf } from './examples/agent-test'
import { report } from './examples/contract'
import { bucketKeys } from './examples/credentials'
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
  const examples = ['hosting', 'agent-test', 'credentials'].map((name) =>
    read(`apps/e2e/src/docs/examples/${name}.ts`),
  )
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

it('makes a key for a job as the README does, and takes it back', async () => {
  const kept = new Map<string, { paths: readonly string[]; untilMs: number | undefined }>()
  const service = {
    url: 'https://bucket.test',
    async make(name: string, paths: readonly string[], untilMs: number | undefined) {
      kept.set(name, { paths, untilMs })
      return 'BUCKET-KEY'
    },
    remove: async (name: string) => void kept.delete(name),
  }
  const reader = implement(agent({ name: 'reader', version: '1.0.0' }), (_, { credentials }) => {
    const [{ value, constraints } = {}] = credentials
    return { value, constraints, kept: [...kept.values()] }
  })
  const options = {
    credentials: [bucketKeys(service)],
    lease: { 'x-acme.bucket': ['in/**'] },
    expiresInS: 60,
  }
  const { result } = await runAgent(reader, null, options)
  expect(result).toEqual({
    value: 'BUCKET-KEY',
    constraints: { paths: ['in/**'] },
    kept: [{ paths: ['in/**'], untilMs: expect.any(Number) }],
  })
  expect(kept.size).toBe(0)
  expect((await runAgent(reader, null, { credentials: options.credentials })).result).toEqual({ kept: [] })
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
