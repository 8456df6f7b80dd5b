import { agent } from '@arcp/protocol'
import { implement } from '@arcp/runtime'
import * as v from 'valibot'

const orders = agent({ name: 'orders', version: '1.0.0', input: v.object({ order: v.string() }) })
const table = new Map([['42', 'two apples']])

export const ordersAgent = implement(orders, async ({ order }, ctx) => {
  await ctx.authorize('x-acme.db', `orders/${order}`)
  return table.get(order) ?? 'no such order'
})
