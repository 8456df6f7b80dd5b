import { type Client, type ConnectOptions, connect } from '@arcp/client'
import type { JobEvent } from '@arcp/protocol'
import { expect } from 'vitest'
import type { Link } from './links'
import { startProgram } from './program'

/** How our client names itself, whatever its release. */
const CLIENT = { name: 'ours', version: '1.0.0' }

/** However long a child may take to start. */
export const PATIENT = { welcomeTimeoutMs: 60_000 }

/** Acknowledges nothing by itself: a Python runtime keeps for others what nobody has acknowledged. */
export const KEEPING = { acknowledge: 'manual' } as const

/** A Python runtime, and a client of ours that is connected to it. */
export async function runtimeSession(python: string, link: Link) {
  const theirs = startProgram(python, 'runtime.py')
  const dialer = link.dialer(await theirs.call<number>('serve', { carrier: link.carrier }))
  const clients: Client[] = []
  const connected = async (options: Partial<ConnectOptions> = {}) => {
    const client = await connect(dialer, {
      token: 'test-token',
      client: CLIENT,
      limits: PATIENT,
      ...options,
    })
    clients.push(client)
    return client
  }
  return {
    theirs,
    dialer,
    connected,
    client: await connected(),
    pull: (name: string, act: string, body?: unknown) => theirs.call('pull', { name, act, body }),
    say: (name: string, message: string) =>
      theirs.call('pull', { name, act: 'emit', body: { kind: 'log', body: { level: 'info', message } } }),
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client.close()
      await theirs[Symbol.asyncDispose]()
    },
  }
}

/** All events of a job, to its end. */
export async function eventsOf(events: AsyncIterable<JobEvent>): Promise<JobEvent[]> {
  const all: JobEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

/** A submit that is refused beside a job that runs, which is not to notice. */
export async function rejected(
  python: string,
  link: Link,
  refused: (client: Client) => Promise<unknown>,
): Promise<void> {
  await using s = await runtimeSession(python, link)
  const running = await s.client.submit('puppet', 'p')
  try {
    await refused(s.client)
  } finally {
    await s.pull('p', 'end', 'unharmed')
    expect(await running.result()).toBe('unharmed')
  }
}
