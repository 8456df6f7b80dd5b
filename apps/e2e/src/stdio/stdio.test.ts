import { join } from 'node:path'
import { type Client, connect } from '@arcp/client'
import { ConnectionError } from '@arcp/protocol'
import { type Programs, programs } from '@arcp/testkit'
import { type SpawnRuntimeOptions, spawnRuntime } from '@arcp/transport-stdio'
import { beforeAll, expect, it } from 'vitest'

let built: Programs

beforeAll(async () => {
  built = await programs(new URL('./server.ts', import.meta.url))
  return () => built[Symbol.asyncDispose]()
})

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** Connects to a runtime of its own; `noted` is what that wrote to stderr. */
async function connectToChild(options: SpawnRuntimeOptions = {}) {
  let noted = ''
  const dialer = spawnRuntime(process.execPath, [join(built.directory, 'server.mjs')], {
    stderr: (text) => {
      noted += text
    },
    ...options,
  })
  const client = await connect(dialer, { token: 't', logger: silent })
  return { client, noted: () => noted }
}

function until(client: Client, wanted: string): Promise<void> {
  return new Promise((resolve) => {
    const off = client.onStateChange((state) => {
      if (state !== wanted) return
      off()
      resolve()
    })
  })
}

it('a runtime in a child process does its work, and is gone when its client is', async () => {
  const { client, noted } = await connectToChild()
  expect(await (await client.submit('echo', { text: '€\n' })).result()).toEqual({ text: '€\n' })
  await client.close()
  expect(noted()).toBe('')
})

it('a child lets its jobs finish within their time, though nobody is there for them', async () => {
  const { client, noted } = await connectToChild()
  const job = await client.submit('outlast', null)
  job.result().catch(() => {})
  await client.close()
  expect(noted()).toBe('outlasted its parent\n')
})

it('a result of any size comes in lines a parent can read that takes 64 KiB', async () => {
  const { client } = await connectToChild({ maxFrameBytes: 64 * 1024 })
  const text = await (await client.submit('fill', 1_000_000)).result()
  expect(text).toBe('x'.repeat(1_000_000))
  await expect(client.submit('echo', 'x'.repeat(64 * 1024))).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
  })
  await client.close()
})

it('a child that dies takes its jobs along; the client goes on with another one', async () => {
  const { client } = await connectToChild()
  const back = until(client, 'connected')
  const job = await client.submit('wait', null)
  // Whether it is answered before is the child's luck.
  client.submit('die', null).catch(() => {})
  await expect(job.result()).rejects.toMatchObject({ code: 'RESUME_WINDOW_EXPIRED' })
  await back
  expect(await (await client.submit('echo', 'again')).result()).toBe('again')
  await client.close()
})

it('a child that is no runtime says why it is none to whoever connects', async () => {
  const dialer = spawnRuntime(process.execPath, [join(built.directory, 'no-such.mjs')], { stderr: 'ignore' })
  const failure = await connect(dialer, { token: 't' }).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(ConnectionError)
  expect((failure as Error).message).toMatch(
    /^the connection was lost \(code 1006: \S+ \S+no-such\.mjs exited with code 1; the last it wrote to stderr:\n/,
  )
  expect((failure as Error).message).toContain('Cannot find module')
})
