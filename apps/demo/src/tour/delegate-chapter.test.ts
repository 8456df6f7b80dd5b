import { generateKeyPairSync } from 'node:crypto'
import { connect } from '@arcp/client'
import { memoryDialer } from '@arcp/protocol/transport'
import { createRuntime, staticTokens } from '@arcp/runtime'
import { expect, test } from 'vitest'
import { askAgent } from '../agents/ask'
import { researchAgent } from '../agents/research'
import { startModelServer } from '../model-server/model-server'
import { createTerminal } from '../terminal/terminal'
import { createPipe } from '../testing/screen'
import { startArchive } from './archive-runtime'
import { delegateChapter } from './delegate-chapter'

/** Everyone the chapter needs, in memory but for the model and the archive. */
async function scene() {
  const privateKey = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const models = await startModelServer({ tokenMs: 1 })
  const runtime = createRuntime({
    name: 'test',
    version: '1.0.0',
    auth: staticTokens({ t: 'ada' }),
    agents: [askAgent(models.endpoint)],
    delegation: { key: { algorithm: 'EdDSA', privateKey } },
  })
  const keys = await runtime.delegationKeys()
  const archive = await startArchive({ issuer: 'test', algorithm: 'EdDSA', keys }, {})
  runtime.agents.add(researchAgent(archive))
  const client = await connect(memoryDialer(runtime), { token: 't' })
  return {
    client,
    async [Symbol.asyncDispose]() {
      await client.close()
      await runtime.close()
      await archive[Symbol.asyncDispose]()
      await models[Symbol.asyncDispose]()
    },
  }
}

test('each asker and its end is told, what all of them took, and through whom the archive was reached', async () => {
  await using s = await scene()
  const pipe = createPipe()
  await delegateChapter(s.client, createTerminal(pipe.stream, {}))
  const lines = pipe.text().trim().split('\n')
  const of = (asker: number) =>
    lines.flatMap((line) =>
      line
        .split(`  asker ${asker} `)
        .slice(1)
        .map((text) => text.trim()),
    )
  expect(of(1)).toEqual(['gets 0.0006 USD', 'is done: 1 of 1 questions answered'])
  expect(of(2)).toEqual([
    'gets 0.0001 USD',
    'overspends: -0.000108 USD left',
    'gets no further: BUDGET_EXHAUSTED',
    'is done: 1 of 2 questions answered; then the money was spent',
  ])
  expect(of(3)).toEqual(['gets 0.0012 USD', 'is called off: there are enough answers'])
  const [, spent = '', left = ''] =
    /2 of 3 askers answered; (\S+) USD spent, (\S+) left\.$/m.exec(pipe.text()) ?? []
  // In millionths: what all three have taken, and that nothing of the 0.002 is lost.
  const millionths = (amount: string) => Math.round(Number(amount) * 1e6)
  expect(millionths(spent) + millionths(left)).toBe(2_000)
  expect(lines.at(-1)).toBe('✔ The archive keeps it for ada, who sent test|research.')
})

test('a client that closes in the middle of it ends it, and leaves nothing behind that rejects', async () => {
  await using s = await scene()
  const terminal = createTerminal(createPipe().stream, {})
  const line = (text: string) => {
    terminal.line(text)
    if (text.includes('asker 3 gets')) void s.client.close()
  }
  await expect(delegateChapter(s.client, { ...terminal, line })).rejects.toThrow('this client was closed')
})
