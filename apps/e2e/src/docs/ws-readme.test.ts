import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from '@arcp/client'
import { agent } from '@arcp/protocol'
import { createRuntime, implement, staticTokens } from '@arcp/runtime'
import { webSocket } from '@arcp/transport-ws'
import { expect, it, vi } from 'vitest'
import { addTo } from './examples/ws/attaching'
import { join } from './examples/ws/dialing'
import { serve } from './examples/ws/listening'
import { codeBlocks } from './markdown'
import { read } from './repository'

function runtimeOf() {
  const echo = implement(agent({ name: 'echo', version: '1.0.0' }), (input) => input)
  const auth = staticTokens({ 'demo-token': 'ada' })
  return createRuntime({ name: 'docs', version: '1.0.0', auth, agents: [echo] })
}

it('shows in the README of the WebSocket transport the code that is run here, and no other', () => {
  const examples = ['dialing', 'listening', 'attaching']
  const sources = examples.map((name) => read(`apps/e2e/src/docs/examples/ws/${name}.ts`))
  expect(codeBlocks(read('packages/transport-ws/README.md'), 'ts')).toEqual(sources)
})

it('listens and dials as the README does', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  try {
    await using runtime = runtimeOf()
    await using server = await serve(runtime, 0)
    expect(log).toHaveBeenCalledExactlyOnceWith(`listening at ${server.url}`)
    expect(server.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/arcp$/)
    await using client = await join(server.url)
    expect(await (await client.submit('echo', 7)).result()).toBe(7)
  } finally {
    log.mockRestore()
  }
})

it('attaches as the README does, for pages of the origin it names and no others', async () => {
  await using runtime = runtimeOf()
  const httpServer = createServer().listen(0, '127.0.0.1')
  await once(httpServer, 'listening')
  await using _attached = addTo(httpServer, runtime)
  const url = `ws://127.0.0.1:${(httpServer.address() as AddressInfo).port}/arcp`
  const from = (origin: string) => connect(webSocket(url, { headers: { origin } }), { token: 'demo-token' })
  await using client = await from('https://app.example.com')
  expect(await (await client.submit('echo', 7)).result()).toBe(7)
  await expect(from('https://elsewhere.example.com')).rejects.toThrow('`origins`')
  httpServer.close()
})
