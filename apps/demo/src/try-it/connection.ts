import { type Client, type ClientState, connect } from '@arcp/client'
import type { Logger } from '@arcp/protocol/observe'
import { webSocket } from '@arcp/transport-ws'
import { offerAgents } from './agent-choice'
import { errorText, type Page, showProblem, showState } from './page'

/** The page comes back as long as it is open, and soon: its runtime is near. */
const LIMITS = { reconnectForMs: Number.POSITIVE_INFINITY, maxBackoffMs: 2_000 }

/** The page's connection to its runtime. */
export interface PageConnection {
  /** What jobs are submitted to; `undefined` where there is nothing that could come back. */
  readonly client: Client | undefined
  /** Connects with the token in the form, in place of what there was. Never rejects. */
  open(): Promise<void>
}

function runtimeUrl(): URL {
  const url = new URL('/arcp', location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return url
}

/** A client tells its state to whoever listens, and why it is so to its log: keeps the latest reason. */
function reasonKeeper(): { readonly logger: Logger; readonly latest: () => string } {
  let latest = ''
  const keep = (_: string, fields?: Readonly<Record<string, unknown>>) => {
    if (typeof fields?.reason === 'string') latest = fields.reason
  }
  return { logger: { debug() {}, info: keep, warn: keep, error: keep }, latest: () => latest }
}

function connectedText({ runtime }: Client, note = ''): string {
  return `Connected${note} to ${runtime.name} ${runtime.version}`
}

/** @param changed called when there is another client, or none, and when its state has changed */
export function createConnection(page: Page, changed: () => void): PageConnection {
  let client: Client | undefined
  /** Counts connections, so that what an earlier one tells late is not taken for news. */
  let connections = 0

  function use(next: Client | undefined, state: ClientState | 'connecting' | 'failed', text: string): void {
    client = next
    showState(page.connection, state, text)
    changed()
  }

  /** Shows how a client's connection does, as long as it is the page's. */
  function watch(watched: Client, isCurrent: () => boolean, why: () => string): void {
    let { sessionId } = watched
    const show = (state: ClientState) => {
      if (!isCurrent()) return
      if (state === 'closed') return use(undefined, state, `Connection closed: ${why()}`)
      if (state === 'reconnecting') return use(watched, state, `Reconnecting: ${why()}`)
      offerAgents(page, watched.agents)
      const isSame = watched.sessionId === sessionId
      sessionId = watched.sessionId
      use(watched, state, connectedText(watched, isSame ? ' again' : ' again, in a new session,'))
    }
    // The reason is logged in the same step, be it earlier or later.
    watched.onStateChange((state) => queueMicrotask(() => show(state)))
  }

  return {
    get client() {
      return client
    },
    async open() {
      connections++
      const mine = connections
      const isCurrent = () => mine === connections
      const before = client
      use(undefined, 'connecting', 'Connecting…')
      showProblem(page.token, page.connectProblem, undefined)
      await before?.close()
      const { logger, latest } = reasonKeeper()
      try {
        const token = page.token.value
        const connected = await connect(webSocket(runtimeUrl()), { token, logger, limits: LIMITS })
        if (!isCurrent()) return void (await connected.close())
        offerAgents(page, connected.agents)
        watch(connected, isCurrent, latest)
        use(connected, 'connected', connectedText(connected))
      } catch (error) {
        if (!isCurrent()) return
        offerAgents(page, [])
        use(undefined, 'failed', 'Not connected')
        showProblem(page.token, page.connectProblem, errorText(error))
      }
    },
  }
}
