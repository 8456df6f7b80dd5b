import { type Client, connect, type Job } from '@arcp/client'
import type { Dialer } from '@arcp/protocol/transport'
import { createRuntime, type Implementation, type Limits, staticTokens } from '@arcp/runtime'
import { webSocket } from '@arcp/transport-ws'
import { listen } from '@arcp/transport-ws/server'
import { Digest } from '../digest'

/** Serves agents as anyone would, on a free port, until the process ends. */
export async function serveAgents(agents: Implementation[], limits: Partial<Limits> = {}): Promise<string> {
  const runtime = createRuntime({
    name: 'bench',
    version: '1.0.0',
    auth: staticTokens({ bench: 'bench' }),
    agents,
    limits,
  })
  const { url } = await listen(runtime)
  return url
}

/** A client of such a server. It may lose its connection again and again, and comes back at once each time. */
export function connectTo(url: string, dialer: Dialer = webSocket(url)): Promise<Client> {
  return connect(dialer, { token: 'bench', limits: { backoffMs: 1, maxBackoffMs: 1 } })
}

/** Reads the progress of a job up to its end. @throws when that is not what was sent */
export async function followProgress(job: Job, count: number): Promise<void> {
  const digest = new Digest()
  for await (const event of job.events()) if (event.type === 'job.progress') digest.add(event.current)
  digest.expectUpTo(count)
}
