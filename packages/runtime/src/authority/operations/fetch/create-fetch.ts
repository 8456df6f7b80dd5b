import { isArcpError } from '@arcp/protocol'
import { type Agent, fetch, type RequestInit as UndiciInit, type Response as UndiciResponse } from 'undici'
import { mayBeIgnored } from '../../../jobs/ignorable'
import type { Operation } from '../../guard'
import type { Permit } from '../permit'
import { createConnector, PrivateAddressError } from './connector'
import { firstHop } from './first-hop'
import { type Hop, nextHop, redirectOf } from './hop'
import type { Network } from './network'

/**
 * The Fetch standard's `fetch`, as far as the lease goes; it takes a URL, no `Request`. Each URL on the way, redirects
 * included, must be covered by `net.fetch`. A name is connected to only at public addresses; any other address, and
 * `localhost`, only where a pattern names it as its host. Ten redirects are followed, and credentials are not taken
 * along to another origin. The request and its body end with the job.
 *
 * Rejects with PERMISSION_DENIED, LEASE_EXPIRED or BUDGET_EXHAUSTED when it is denied, INVALID_REQUEST for what is no
 * `http` or `https` URL or carries user info, the reason of a signal that aborts, and as `fetch` does with a `TypeError`
 * otherwise. `docs/protocol.md` §7.
 */
export type AgentFetch = (url: string | URL, init?: RequestInit) => Promise<Response>

/** What {@link createFetch} needs. */
export interface FetchParts {
  readonly permit: Permit
  readonly network: Network
  /** Aborts when the job is to end. */
  readonly signal: AbortSignal
  /** Settles when the job's end is decided, whatever it is. */
  readonly ended: Promise<unknown>
}

const MAX_REDIRECTS = 10

/** The requests of one job. */
export function createFetch({ permit, network, signal, ended }: FetchParts): AgentFetch {
  let agent: Agent | undefined

  /** Nothing of a job is under way once it has ended, whoever still reads it. */
  function connector(): Agent {
    if (!agent) {
      const opened = createConnector(network)
      agent = opened
      void ended.then(() => opened.destroy())
    }
    return agent
  }

  async function send(hop: Hop, init: RequestInit, stop: AbortSignal): Promise<UndiciResponse> {
    const { url, method, headers, body } = hop
    const operation = operationOn(url.href)
    await permit.check(operation)
    try {
      const request = {
        method,
        headers,
        body,
        dispatcher: connector(),
        redirect: 'manual',
        signal: stop,
      } as const
      return await fetch(url, { ...(init as UndiciInit), ...request })
    } catch (error) {
      const { cause } = error as { cause?: unknown }
      if (cause instanceof PrivateAddressError) return permit.refuse(operation, cause.message)
      throw error
    }
  }

  async function guardedFetch(input: string | URL, init: RequestInit): Promise<Response> {
    const stop = init.signal ? AbortSignal.any([signal, init.signal]) : signal
    let hop = await firstHop(input, init).catch((error: unknown) => {
      if (isArcpError(error)) return permit.refuse(operationOn(String(input)), error)
      throw error
    })
    for (let redirects = 0; ; redirects++) {
      const response = await send(hop, init, stop)
      const location = init.redirect === 'manual' ? undefined : redirectOf(response)
      if (location === undefined) return finished(response, redirects > 0)
      // It may have broken off, which is nobody's concern any more.
      await response.body?.cancel().catch(() => {})
      if (init.redirect === 'error') throw new TypeError(`redirected by ${hop.url.host}`)
      if (redirects === MAX_REDIRECTS) throw new TypeError(`redirected more than ${MAX_REDIRECTS} times`)
      hop = nextHop(hop, response.status, location)
    }
  }

  return (url, init) => mayBeIgnored(guardedFetch(url, init ?? {}))
}

function operationOn(url: string): Operation {
  return { namespace: 'net.fetch', target: url }
}

/** The response in the types of the platform, and whether it took a redirect to come by it. */
function finished(response: UndiciResponse, redirected: boolean): Response {
  if (redirected) Object.defineProperty(response, 'redirected', { value: true })
  return response as unknown as Response
}
