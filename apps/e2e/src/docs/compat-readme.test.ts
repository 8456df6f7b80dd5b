import { agent } from '@arcp/protocol'
import { createRuntime, implement, staticTokens } from '@arcp/runtime'
import { expect, it } from 'vitest'
import { connectAnywhere } from './examples/connecting-anywhere'
import { serveEveryone } from './examples/serving-everyone'
import { codeBlocks } from './markdown'
import { read } from './repository'

it("shows in the translator's README the code that is run here, and no other", () => {
  const examples = ['serving-everyone', 'connecting-anywhere']
  const sources = examples.map((name) => read(`apps/e2e/src/docs/examples/${name}.ts`))
  expect(codeBlocks(read('packages/compat/README.md'), 'ts')).toEqual(sources)
})

it('serves and connects as the README does, also where nobody needs it', async () => {
  const echo = implement(agent({ name: 'echo', version: '1.0.0' }), (input) => input)
  const auth = staticTokens({ 'demo-token': 'ada' })
  await using runtime = createRuntime({ name: 'docs', version: '1.0.0', auth, agents: [echo] })
  await using server = await serveEveryone(runtime)
  await using client = await connectAnywhere(server.url)
  const job = await client.submit('echo', [1, null])
  expect(await job.result()).toEqual([1, null])
})
