import { agent, isArcpError } from '@arcp/protocol'
import { implement } from '@arcp/runtime'
import * as v from 'valibot'

const notes = agent({ name: 'notes', version: '1.0.0', input: v.object({ day: v.string() }) })

export const notesAgent = implement(notes, async ({ day }, ctx) => {
  try {
    return await ctx.fs.readFile(`notes/${day}.md`)
  } catch (error) {
    if (isArcpError(error, 'PERMISSION_DENIED')) return 'not for me to read'
    throw error
  }
})
