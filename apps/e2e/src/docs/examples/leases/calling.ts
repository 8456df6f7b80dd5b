import { agent } from '@arcp/protocol'
import { implement } from '@arcp/runtime'
import * as v from 'valibot'

const clerk = agent({ name: 'clerk', version: '1.0.0', input: v.object({ order: v.string() }) })
const stock = new Map([['42', 7]])

export const clerkAgent = implement(clerk, ({ order }, ctx) => {
  return ctx.tool('stock.count', { order }, ({ order }) => stock.get(order) ?? 0)
})
