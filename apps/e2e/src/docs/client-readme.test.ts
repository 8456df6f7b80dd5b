import { connect } from '@arcp/client'
import { agent } from '@arcp/protocol'
import { memoryDialer } from '@arcp/protocol/transport'
import { createRuntime, implement, staticTokens } from '@arcp/runtime'
import { listen } from '@arcp/transport-ws/server'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { report } from './examples/contract'
import { countFiles } from './examples/following'
import { ask } from './examples/giving-up'
import { codeBlocks } from './markdown'
import { read } from './repository'

const oracle = agent({ name: 'oracle', version: '1.0.0', input: v.string() })

function runtimeOf() {
  return createRuntime({
    name: 'docs',
    version: '1.0.0',
    auth: staticTokens({ 'demo-token': 'ada' }),
    agents: [
      implement(report, async ({ dir }, ctx) => {
        for (let current = 1; current <= 3; current++) await ctx.progress({ current, total: 3 })
        return { files: dir.length }
      }),
      implement(oracle, async (question, ctx) => {
        if (question !== '?') return `${question}!`
        return new Promise<string>((_, reject) => {
          ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason))
        })
      }),
    ],
  })
}

it("shows in the client's README the code that is run here, and no other", () => {
  const blocks = codeBlocks(read('packages/client/README.md'), 'ts')
  const examples = ['following', 'giving-up'].map((name) => read(`apps/e2e/src/docs/examples/${name}.ts`))
  expect(blocks).toEqual(examples)
})

it('runs a job as the README does', async () => {
  const runtime = runtimeOf()
  const server = await listen(runtime)
  const shown: string[] = []
  expect(await countFiles(server.url, 'src', (line) => shown.push(line))).toBe(3)
  expect(shown).toEqual(['1 of 3', '2 of 3', '3 of 3'])
  await server.close()
  await runtime.close()
})

it('gives up as the README does', async () => {
  const runtime = runtimeOf()
  const client = await connect(memoryDialer(runtime), { token: 'demo-token' })
  const never = new AbortController().signal
  expect(await ask(client, 'really', never)).toBe('really!')
  expect(await ask(client, 7 as never, never)).toMatch(/^badly asked: /)
  const stop = new AbortController()
  const asked = ask(client, '?', stop.signal)
  await (await client.submit('oracle', 'after it')).result()
  stop.abort()
  expect(await asked).toBe('never mind')
  const cut = ask(client, '?', never)
  await client.close()
  expect(await cut).toBe('the line is dead')
  await runtime.close()
})
