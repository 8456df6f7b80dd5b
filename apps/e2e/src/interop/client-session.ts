import type { RuntimeOptions } from '@arcp/runtime'
import { expect } from 'vitest'
import type { Link } from './links'
import { type OurRuntime, ourRuntime } from './our-runtime'
import { type Program, startProgram } from './program'

/** An event as the Python client hands it to applications. */
export interface TheirEvent {
  readonly kind: string
  readonly body: Record<string, unknown>
}

/** What the Python client tells of a job that was accepted. */
export interface Accepted {
  readonly job_id: string
  readonly agent: string
  readonly budget?: unknown
}

/** A runtime of ours, and a Python client that is connected to it. */
export interface ClientSession extends AsyncDisposable {
  readonly ours: OurRuntime
  readonly theirs: Program
  submit(submit: object): Promise<Accepted>
}

export async function clientSession(
  python: string,
  link: Link,
  options: Partial<RuntimeOptions> = {},
): Promise<ClientSession> {
  const ours = await ourRuntime(link, options)
  const theirs = await connected(python, ours)
  return {
    ours,
    theirs,
    submit: (submit) => theirs.call<Accepted>('submit', submit),
    async [Symbol.asyncDispose]() {
      await theirs[Symbol.asyncDispose]()
      await ours[Symbol.asyncDispose]()
    },
  }
}

export async function connected(python: string, { target }: OurRuntime): Promise<Program> {
  const theirs = startProgram(python, 'client.py')
  await theirs.call('connect', target)
  return theirs
}

/** What a job came to. */
export const done = (theirs: Program, job_id: string) => theirs.call('done', { job_id })

/** Submits what is refused beside a job that runs, which is not to notice. Rejects with the refusal. */
export async function rejected({ ours, theirs, submit }: ClientSession, refused: object): Promise<void> {
  const running = await submit({ agent: 'puppet', input: 'beside' })
  try {
    const { job_id } = await submit(refused)
    await done(theirs, job_id)
  } finally {
    ours.puppets.end('beside', 'unharmed')
    expect(await done(theirs, running.job_id)).toMatchObject({ result: 'unharmed' })
  }
}

/** What a test knows a `log` or `status` by. */
export function wordOf(body: unknown): unknown {
  const { phase, message } = (body ?? {}) as Record<string, unknown>
  return phase ?? message
}
