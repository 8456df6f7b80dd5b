import type { Logger } from '@arcp/protocol/observe'
import { memoryPair } from '@arcp/protocol/transport'
import { type ScriptedPeer, scriptedPeer } from '@arcp/testkit'
import { staticTokens } from '../auth/static-tokens'
import type { RuntimeOptions } from '../options'
import { createRuntime, type Runtime } from '../runtime'

/** A runtime under test, what it logged, and a way in. */
export interface Harness extends AsyncDisposable {
  readonly runtime: Runtime
  readonly logged: readonly { level: string; message: string; fields?: Record<string, unknown> }[]
  /** A raw transport's peer that has sent nothing yet. */
  dial(): ScriptedPeer
  /** A peer whose session stands. */
  connect(hello?: Readonly<Record<string, unknown>>): Promise<ScriptedPeer>
}

/** A runtime with two principals, `test-token` (ada) and `other-token` (bob), over memory pairs. */
export function harness(options: Partial<RuntimeOptions> = {}): Harness {
  const logged: { level: string; message: string; fields?: Record<string, unknown> }[] = []
  const runtime = createRuntime({
    name: 'test-runtime',
    version: '1.0.0',
    auth: staticTokens({ 'test-token': 'ada', 'other-token': 'bob' }),
    agents: [],
    logger: recorder(logged),
    ...options,
  })
  const dial = () => {
    const [near, far] = memoryPair({ maxFrameBytes: runtime.maxFrameBytes })
    runtime.accept(far, { transport: 'memory' })
    return scriptedPeer(near)
  }
  return {
    runtime,
    logged,
    dial,
    async connect(hello) {
      const peer = dial()
      await peer.hello(hello)
      return peer
    },
    [Symbol.asyncDispose]: () => runtime.close(),
  }
}

function recorder(logged: { level: string; message: string; fields?: Record<string, unknown> }[]): Logger {
  const log = (level: string) => (message: string, fields?: Record<string, unknown>) => {
    logged.push(fields ? { level, message, fields } : { level, message })
  }
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
}
