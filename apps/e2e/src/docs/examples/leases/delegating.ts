import { agent, isArcpError } from '@arcp/protocol'
import { implement } from '@arcp/runtime'
import * as v from 'valibot'

const page = agent({ name: 'page', version: '1.0.0', input: v.string(), output: v.string() })
const book = agent({ name: 'book', version: '1.0.0', input: v.array(v.string()) })

export const pageAgent = implement(page, async (text, ctx) => {
  await ctx.model('translate-large')
  await ctx.spend('USD', text.length > 10 ? '0.60' : '0.25')
  return text.toUpperCase()
})

export const bookAgent = implement(book, async (pages, ctx) => {
  const lease = { 'model.use': ['translate-large'], 'cost.budget': ['USD:0.40'] }
  const translated: (string | null)[] = []
  for (const text of pages) {
    try {
      const child = await ctx.delegate(page, text, { lease, maxRuntimeSec: 60 })
      translated.push(await child.result())
    } catch (error) {
      if (!isArcpError(error, 'LEASE_SUBSET_VIOLATION')) throw error
      translated.push(null)
    }
  }
  return { translated, budget: ctx.budget() }
})
