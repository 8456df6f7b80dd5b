import { readdirSync } from 'node:fs'
import { compat } from '@arcp/compat'
import { agent } from '@arcp/protocol'
import { createRuntime, type Implementation, implement, staticTokens } from '@arcp/runtime'
import { gate } from '@arcp/testkit'
import { describe, it } from 'vitest'
import { links } from '../links'
import { replay } from './transcript'

/** Every transcript of a client of the draft. */
const transcripts = readdirSync(new URL('./transcripts/', import.meta.url))
  .filter((file) => file.startsWith('client-'))
  .map((file) => file.replace('.txt', ''))

const does = (name: string, run: Implementation['run']) => implement(agent({ name, version: '1.0.0' }), run)

describe.each(links)('$name, to a runtime behind the translator', (link) => {
  it.each(transcripts)('what was said with the %s is said again', async (name) => {
    // What `! go on` opens.
    const going = gate()
    const agents = [
      does('patient', async (input, ctx) => {
        await going.promise
        await ctx.progress({ current: 1.5, total: 3, 'x-acme-span': 'a1' })
        await ctx.emit('x-acme.note', ['a', null])
        return input
      }),
      does('stream', async (_, ctx) => {
        const stream = ctx.resultStream().getWriter()
        await stream.write('one')
        await stream.write('two')
        await stream.close()
      }),
      does('wait', (_, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', reject))),
    ]
    await using runtime = createRuntime({
      name: 'e2e',
      version: '1.0.0',
      auth: staticTokens({ 'test-token': 'ada' }),
      agents,
    })
    await using open = await link.open(compat(runtime))
    await replay(name, { dialer: open.dialer, happen: () => going.open() })
  })
})
