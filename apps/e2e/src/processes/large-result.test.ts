import { expect, test } from 'vitest'
import type { Said as ClientSaid } from './large-result-client'
import type { Said as ServerSaid } from './large-result-server'
import type { Peak } from './peak'
import { startScript } from './script'

const SERVER = new URL('./large-result-server.ts', import.meta.url)
const CLIENT = new URL('./large-result-client.ts', import.meta.url)
/** A young generation that is small too: how far V8 lets it grow is a matter of how busy the machine is. */
const NODE_ARGS = ['--expose-gc', '--max-old-space-size=128', '--max-semi-space-size=8']
const MB = 1_000_000
const BYTES = 200 * MB
/** How far either process may grow beyond its idle size. */
const ROOM = 64 * 1024 * 1024

function growth({ idle, peak }: Peak = { idle: 0, peak: Number.POSITIVE_INFINITY }): number {
  return peak - idle
}

test('R-MEM-7 a result of 200 MB streams through two small processes', async () => {
  await using server = await startScript<ServerSaid>(SERVER, { nodeArgs: NODE_ARGS })
  const { url } = await server.next((said) => 'url' in said)
  const args = [url, String(BYTES)]
  const sent: Extract<ServerSaid, { sha256: string }>[] = []
  const noted = (async () => {
    while (sent.length < 2) sent.push(await server.next((said) => 'sha256' in said))
  })()
  noted.catch(() => {})
  await using client = await startScript<ClientSaid>(CLIENT, { args, nodeArgs: NODE_ARGS })
  const got = await client.next((said) => said.bytes === BYTES)
  await noted
  const [, large] = sent
  expect(got.sha256).toBe(large?.sha256)
  expect(growth(got.memory)).toBeLessThanOrEqual(ROOM)
  expect(growth(large?.memory)).toBeLessThanOrEqual(ROOM)
}, 60_000)
