// server.mjs
import { agent } from '@arcp/protocol'
import { createRuntime, implement, staticTokens } from '@arcp/runtime'
import { serveStdio } from '@arcp/transport-stdio'

const shout = implement(agent({ name: 'shout', version: '1.0.0' }), (input) => {
  console.log('Somebody wants to be heard.') // goes to stderr
  return String(input).toUpperCase()
})

const runtime = createRuntime({
  name: 'shouter',
  version: '1.0.0',
  auth: staticTokens({ [process.env.ARCP_TOKEN ?? '']: 'parent' }),
  agents: [shout],
})

await serveStdio(runtime)
