import { readdir } from 'node:fs/promises'
import { createRuntime, implement, type Runtime, staticTokens } from '@arcp/runtime'
import { report } from './contract'

export const counter = implement(report, async ({ dir }, ctx) => {
  const names = await ctx.tool('list', dir, (path) => readdir(path))
  for (const [index, message] of names.entries()) {
    ctx.signal.throwIfAborted()
    await ctx.progress({ current: index + 1, total: names.length, message, 'x-acme-span': 'a1' })
  }
  return { files: names.length }
})

export function host(): Runtime {
  return createRuntime({
    name: 'my-service',
    version: '1.0.0',
    auth: staticTokens({ 'demo-token': 'ada@example.com' }),
    agents: [counter],
    limits: { cancelGraceMs: 10_000 },
  })
}
