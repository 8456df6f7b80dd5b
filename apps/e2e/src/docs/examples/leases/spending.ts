import { agent, isArcpError } from '@arcp/protocol'
import { implement } from '@arcp/runtime'

const translator = agent({ name: 'translator', version: '1.0.0' })

export const translatorAgent = implement(translator, async (_, ctx) => {
  const done: string[] = []
  for (const page of ['one', 'two', 'three', 'four', 'five']) {
    try {
      await ctx.model('translate-large')
    } catch (error) {
      if (isArcpError(error, 'BUDGET_EXHAUSTED')) return done
      throw error
    }
    done.push(page)
    await ctx.spend('USD', '0.40', { name: 'translation', dimensions: { page } })
  }
  return done
})
