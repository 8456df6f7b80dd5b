import { setTimeout as sleep } from 'node:timers/promises'
import { implement } from '@arcp/runtime'
import { count } from './contracts'

export const countAgent = implement(count, async ({ to, delayMs }, ctx) => {
  for (let current = 1; current <= to; current++) {
    ctx.signal.throwIfAborted()
    if (delayMs) await sleep(delayMs, undefined, { signal: ctx.signal })
    await ctx.progress({ current, total: to })
  }
  return { counted: to }
})
