import { createRuntime, type Runtime, staticTokens } from '@arcp/runtime'
import { notesAgent } from './denied'

export function host(fsRoot: string): Runtime {
  return createRuntime({
    name: 'my-service',
    version: '1.0.0',
    auth: staticTokens({ 'demo-token': 'ada', 'guest-token': 'guest' }),
    agents: [notesAgent],
    fsRoot,
    ceiling: ({ principal }) => {
      if (principal === 'guest') return { 'fs.read': ['notes/public/**'], 'cost.budget': ['USD:0.10'] }
      return { 'fs.read': ['**'], 'net.fetch': ['https://**/**', 'http://localhost:8080/**'] }
    },
  })
}
