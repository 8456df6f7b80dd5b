import type { Observation } from '@arcp/protocol/observe'
import { createRuntime, staticTokens } from '@arcp/runtime'
import { listen } from '@arcp/transport-ws/server'

/** Asks the server to measure itself once it has observed so many of this type. */
export interface Measure {
  readonly after: Observation['type']
  readonly count: number
}

/** What a server says: where it is, then what it has measured, for each time it was asked. */
export type Said =
  | { readonly url: string }
  | {
      /** Bytes in use, after three collections. */
      readonly heap: number
      /** Everything that keeps the event loop alive, by its kind. */
      readonly handles: readonly string[]
    }

async function main(): Promise<void> {
  const counts = new Map<string, number>()
  let observed = () => {}
  const runtime = createRuntime({
    name: 'idle',
    version: '1.0.0',
    auth: staticTokens({ t: 'ada' }),
    agents: [],
    limits: { sessionsPerPrincipal: 5_000, resumeWindowMs: 200 },
    observe: {
      observe({ type }) {
        counts.set(type, (counts.get(type) ?? 0) + 1)
        observed()
      },
    },
  })
  const server = await listen(runtime)
  process.on('message', async ({ after, count }: Measure) => {
    await new Promise<void>((resolve) => {
      observed = () => {
        if ((counts.get(after) ?? 0) >= count) resolve()
      }
      observed()
    })
    say(await measure())
  })
  say({ url: server.url })
}

async function measure(): Promise<Said> {
  for (let collection = 0; collection < 3; collection++) {
    await new Promise((resolve) => setImmediate(resolve))
    globalThis.gc?.()
  }
  const { heapUsed: heap } = process.memoryUsage()
  return { heap, handles: process.getActiveResourcesInfo().toSorted() }
}

function say(said: Said): void {
  process.send?.(said)
}

void main()
