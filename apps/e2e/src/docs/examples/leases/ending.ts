import { once } from 'node:events'
import { agent } from '@arcp/protocol'
import { implement } from '@arcp/runtime'

const watcher = agent({ name: 'watcher', version: '1.0.0' })

export const watcherAgent = implement(watcher, async (_, ctx) => {
  await ctx.status({ phase: 'watching' })
  await once(ctx.signal, 'abort')
  return `told to stop: ${ctx.signal.reason.code}`
})
