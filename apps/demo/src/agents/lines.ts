import { setTimeout as sleep } from 'node:timers/promises'
import { implement } from '@arcp/runtime'
import { lines } from './contracts'

export const linesAgent = implement(lines, async ({ count, delayMs }, ctx) => {
  const writer = ctx.resultStream().getWriter()
  for (let current = 1; current <= count; current++) {
    if (delayMs) await sleep(delayMs, undefined, { signal: ctx.signal })
    await writer.write(`line ${current} of ${count}\n`)
    await ctx.progress({ current, total: count })
  }
  await writer.close()
  return undefined
})
