import { type Client, type ConnectOptions, connect } from '@arcp/client'
import { createRuntime, type Runtime, type RuntimeOptions, staticTokens } from '@arcp/runtime'
import { type ScriptedPeer, scriptedPeer } from '@arcp/testkit'
import type { Link } from './links'

/** One thing a runtime told its operators. */
export interface Logged {
  readonly message: string
  readonly fields: Record<string, unknown> | undefined
}

/** A runtime, a way to it, and those who take it. Disposing ends them all. */
export interface Stage extends AsyncDisposable {
  readonly runtime: Runtime
  /** What the runtime logged, whatever the level. */
  readonly logged: readonly Logged[]
  /** Connects a client; as `ada` unless its token is `bobs`. */
  connect(options?: Partial<ConnectOptions>): Promise<Client>
  /** Opens a transport and speaks over it by hand. */
  dial(): Promise<ScriptedPeer>
  /** The same, with a session that stands. */
  greet(): Promise<ScriptedPeer>
}

/** Starts a runtime behind a link. */
export async function stage(link: Link, options: Partial<RuntimeOptions>): Promise<Stage> {
  const logged: Logged[] = []
  const log = (message: string, fields?: Record<string, unknown>) => void logged.push({ message, fields })
  const runtime = createRuntime({
    name: 'e2e',
    version: '1.0.0',
    auth: staticTokens({ 'test-token': 'ada', bobs: 'bob' }),
    agents: [],
    logger: { debug: log, info: log, warn: log, error: log },
    ...options,
  })
  const open = await link.open(runtime)
  const parties: AsyncDisposable[] = []
  const remember = <Party extends AsyncDisposable>(party: Party): Party => {
    parties.push(party)
    return party
  }
  const dial = async () => remember(scriptedPeer(await open.dialer.open(new AbortController().signal)))
  return {
    runtime,
    logged,
    dial,
    connect: async (changes) => remember(await connect(open.dialer, { token: 'test-token', ...changes })),
    async greet() {
      const peer = await dial()
      await peer.hello()
      return peer
    },
    async [Symbol.asyncDispose]() {
      for (const party of parties) await party[Symbol.asyncDispose]()
      await open[Symbol.asyncDispose]()
      await runtime.close()
    },
  }
}
