import { once } from 'node:events'
import { agent } from '@arcp/protocol'
import { createRuntime, type Implementation, implement, staticTokens } from '@arcp/runtime'
import { serveStdio } from '@arcp/transport-stdio'

const does = (name: string, run: Implementation['run']) => implement(agent({ name, version: '1.0.0' }), run)

const runtime = createRuntime({
  name: 'child',
  version: '1.0.0',
  auth: staticTokens({ t: 'ada' }),
  // What a parent reads that takes lines of 64 KiB.
  limits: { maxFrameBytes: 64 * 1024 },
  agents: [
    does('echo', (input) => input),
    does('fill', (bytes) => 'x'.repeat(bytes as number)),
    does('wait', () => new Promise(() => {})),
    does('die', () => process.kill(process.pid, 'SIGKILL')),
    does('outlast', async () => {
      await once(process.stdin, 'close')
      console.log('outlasted its parent')
    }),
  ],
})

await serveStdio(runtime)
