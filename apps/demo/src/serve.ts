import { once } from 'node:events'
import { compat } from '@arcp/compat'
import { createRuntime, type Runtime, staticTokens } from '@arcp/runtime'
import { serveStdio } from '@arcp/transport-stdio'
import { listen } from '@arcp/transport-ws/server'
import { askAgent } from './agents/ask'
import { countAgent } from './agents/count'
import { echoAgent } from './agents/echo'
import { reportAgent } from './agents/report'
import { endpointOf } from './ask/endpoint'
import type { ServeOptions } from './commands'
import { keyServerOf } from './keys/key-server'
import { virtualKeys } from './keys/virtual-keys'
import { startModelServer } from './model-server/model-server'
import { version } from './package-version'
import { servePages } from './pages'
import { listenFailure } from './terminal/fail'
import { visible } from './visible'

/** The try-it page, as the build puts it beside the program. */
const PAGES = ['index.html', 'try-it.css', 'try-it.js', 'icon.svg']

/** How long jobs get to finish once it is stopped, in seconds. */
const DRAIN_S = 10

/** Serves the agents and the try-it page until it is stopped; or the agents alone, to the process that started it. */
export async function serve(options: ServeOptions): Promise<void> {
  const { stdio, port, token, allowOrigins, root, env, out, signal, hurry } = options
  await using models = await startModelServer()
  const named = endpointOf(env)
  const endpoint = named ?? models.endpoint
  const keys = named ? keyServerOf(env, named) : models.keys
  const onRequest = await servePages(new URL('./public/', import.meta.url), PAGES)
  await using runtime = createRuntime({
    name: 'arcp-demo',
    version,
    auth: staticTokens({ [token]: 'visitor@example.com' }),
    fsRoot: root,
    agents: [reportAgent(root), echoAgent, countAgent, askAgent(endpoint)],
    credentials: keys ? [virtualKeys(keys)] : [],
  })
  if (stdio) return await serveParent(runtime, signal)
  await using server = await listen(compat(runtime), { port, origins: allowOrigins, onRequest }).catch(
    (error: unknown) => {
      throw listenFailure(error, port)
    },
  )
  out.heading('Serving report, echo, count and ask')
  out.line(`Runtime: ${server.url}`)
  out.line(`Token:   ${token}`)
  out.line(`Page:    http://127.0.0.1:${server.port}/`)
  out.line(`Reports: directories inside ${visible(root)}`)
  out.line(`Model:   ${endpoint.model} at ${visible(new URL(endpoint.baseUrl).origin)}`)
  if (keys) out.line('Keys:    one for each job that may use a model, revoked with its end')
  out.line('Stop with Ctrl-C.')
  if (!signal.aborted) await once(signal, 'abort')
  out.line(`Stopping. Jobs have ${DRAIN_S} s to finish; Ctrl-C once more ends them.`)
  hurry.addEventListener('abort', () => void runtime.close())
  await runtime.close({ drainMs: hurry.aborted ? 0 : DRAIN_S * 1_000 })
  await server.close()
}

/** Serves over stdin and stdout until the parent has gone, or tells it to stop. */
async function serveParent(runtime: Runtime, signal: AbortSignal): Promise<void> {
  const gone = serveStdio(compat(runtime))
  await Promise.race([gone, once(signal, 'abort')])
  await runtime.close({ drainMs: signal.aborted ? 0 : 2_000 })
  await gone
}
