import { readdirSync } from 'node:fs'
import { compat } from '@arcp/compat'
import { agent } from '@arcp/protocol'
import { type Dialer, memoryDialer } from '@arcp/protocol/transport'
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

/** A runtime with the agents of the transcripts. */
function stage() {
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
  const runtime = createRuntime({
    name: 'e2e',
    version: '1.0.0',
    auth: staticTokens({ 'test-token': 'ada' }),
    agents,
  })
  return { runtime, happen: () => going.open(), [Symbol.asyncDispose]: () => runtime.close() }
}

describe.each(links)('$name, to a runtime behind the translator', (link) => {
  it.each(transcripts)('what was said with the %s is said again', async (name) => {
    await using s = stage()
    await using open = await link.open(compat(s.runtime))
    await replay(name, { dialer: open.dialer, happen: s.happen })
  })
})

describe('in memory, to a runtime behind two translators', () => {
  it.each(transcripts)('what was said with the %s is said again', async (name) => {
    await using s = stage()
    await replay(name, { dialer: memoryDialer(compat(compat(s.runtime))), happen: s.happen })
  })
})

it('what was said with the client for TypeScript is said again in the earlier version', async () => {
  await using s = stage()
  const inner = memoryDialer(compat(s.runtime))
  const [now, earlier] = ['{"arcp":"1.1",', '{"arcp":"1",']
  const dialer: Dialer = {
    async open(signal) {
      const transport = await inner.open(signal)
      return {
        start: (handler) =>
          transport.start({
            // What is in another version this client drops.
            frame: (text) => text.startsWith(earlier) && handler.frame(text.replace(earlier, now)),
            close: (info) => handler.close(info),
            drain: () => handler.drain(),
          }),
        send: (frames) => transport.send(frames.map((text) => text.replace(now, earlier))),
        close: (code, reason) => transport.close(code, reason),
        get bufferedBytes() {
          return transport.bufferedBytes
        },
      }
    },
  }
  await replay('client-typescript', { dialer, happen: s.happen })
})
