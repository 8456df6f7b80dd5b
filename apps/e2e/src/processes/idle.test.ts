import { expect, test } from 'vitest'
import type { Measure, Said } from './idle-server'
import { startScript } from './script'

const SERVER = new URL('./idle-server.ts', import.meta.url)
const CLIENTS = new URL('./idle-clients.ts', import.meta.url)

/** Without machine code, which comes and goes by itself, the heap is what the program holds. */
const NODE_ARGS = ['--expose-gc', '--no-opt', '--no-maglev', '--no-sparkplug', '--no-flush-bytecode']

test('of 2,000 idle sessions nothing is left once they were dropped and their window has passed', async () => {
  await using server = await startScript<Said>(SERVER, { nodeArgs: NODE_ARGS })
  const { url } = await server.next((said) => 'url' in said)
  const measure = (asked: Measure) => {
    server.send(asked)
    return server.next((said) => 'heap' in said)
  }

  /** Opens sessions from another process, kills it, and measures before that and when the last has ended. */
  let opened = 0
  async function round(sessions: number) {
    opened += sessions
    await using clients = await startScript(CLIENTS, { args: [url, String(sessions)] })
    await clients.next((said) => said === 'open')
    const open = await measure({ after: 'session.opened', count: opened })
    await clients.kill()
    return { open, ended: await measure({ after: 'session.ended', count: opened }) }
  }

  // The first ones bring along what the program loads and compiles once.
  const { ended: before } = await round(50)
  const { open, ended } = await round(2_000)
  expect(open.heap).toBeGreaterThan(before.heap * 1.5)
  expect(open.handles.length).toBe(before.handles.length + 2_000)
  expect(ended.handles).toEqual(before.handles)
  expect(ended.heap).toBeLessThan(before.heap * 1.05)
}, 60_000)
