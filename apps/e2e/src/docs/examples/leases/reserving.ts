import { agent, isArcpError } from '@arcp/protocol'
import { type AgentContext, implement } from '@arcp/runtime'

const painter = agent({ name: 'painter', version: '1.0.0' })

export const painterAgent = implement(painter, async (_, ctx) => {
  const pictures = ['sea', 'sky', 'sun', 'sand'].map((name) => paint(name, ctx))
  const painted = await Promise.all(pictures)
  return { painted: painted.filter((name) => name !== undefined), budget: ctx.budget() }
})

async function paint(name: string, ctx: AgentContext): Promise<string | undefined> {
  try {
    const reserved = ctx.reserve('USD', '0.30')
    await ctx.model('paint')
    await reserved.settle('0.25', { name: 'picture' })
    return name
  } catch (error) {
    if (isArcpError(error, 'BUDGET_EXHAUSTED')) return undefined
    throw error
  }
}
