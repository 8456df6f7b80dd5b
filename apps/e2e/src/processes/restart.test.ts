import { type Client, type ClientState, connect, type Job } from '@arcp/client'
import { type DemoServer, startDemoServer } from '@arcp/demo/testing'
import { webSocket } from '@arcp/transport-ws'
import { expect, test } from 'vitest'

const shutdown = { code: 'INTERNAL_ERROR', retryable: true, details: { reason: 'shutdown' } }

function connectTo({ runtime }: DemoServer): Promise<Client> {
  return connect(webSocket(runtime), { token: 'demo-token', logger: silent })
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }

async function becomes(client: Client, wanted: ClientState): Promise<void> {
  if (client.state === wanted) return
  await new Promise<void>((resolve) => {
    const forget = client.onStateChange((state) => {
      if (state !== wanted) return
      forget()
      resolve()
    })
  })
}

/** Reads how far a job gets; `begun` resolves with its first step, `read` when there are no more. */
function steps(job: Job) {
  const told: number[] = []
  let begin = () => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const read = (async () => {
    for await (const event of job.events()) {
      if (event.type !== 'job.progress') continue
      told.push(event.current)
      begin()
    }
  })()
  return { told, begun, read }
}

/** Submits until that is refused; resolves with why. */
async function refused(client: Client): Promise<unknown> {
  for (;;) {
    try {
      await client.submit('echo', 1)
    } catch (error) {
      return error
    }
  }
}

test('a server told to stop lets its job finish and takes no other; its client is back when it is', async () => {
  await using server = await startDemoServer()
  await using client = await connectTo(server)
  const job = await client.submit('count', { to: 100, delayMs: 20 })
  await steps(job).begun
  server.interrupt()
  expect(await refused(client)).toMatchObject(shutdown)
  await expect(connectTo(server)).rejects.toMatchObject(shutdown)
  expect(await job.result()).toEqual({ counted: 100 })
  expect(await server.exited).toBe(0)
  await becomes(client, 'reconnecting')

  await using _again = await startDemoServer('--port', new URL(server.page).port)
  await becomes(client, 'connected')
  expect(await (await client.submit('echo', 'back')).result()).toBe('back')
})

test('a server told twice to stop ends its job at once, and says why', async () => {
  await using server = await startDemoServer()
  await using client = await connectTo(server)
  const job = await client.submit('count', { to: 1_000_000, delayMs: 1 })
  const { told, begun, read } = steps(job)
  await begun
  server.interrupt()
  expect(await refused(client)).toMatchObject(shutdown)
  const before = told.length
  server.interrupt()
  expect(await server.exited).toBe(0)
  await expect(job.result()).rejects.toMatchObject(shutdown)
  await read
  expect(told).toEqual(told.map((_, i) => i + 1))
  // In the 10 s it had left it would have counted to some 9,000.
  expect(told.length - before).toBeLessThan(2_000)
})
