import { connect } from '@arcp/client'
import { compat } from '@arcp/compat'
import {
  AgentNotAvailableError,
  DuplicateKeyError,
  PermissionDeniedError,
  UnauthenticatedError,
} from '@arcp/protocol'
import { spawnRuntime } from '@arcp/transport-stdio'
import { beforeAll, describe, expect } from 'vitest'
import { bundleScript } from '../processes/script'
import { temporaryDirectory } from '../processes/temporary-directory'
import { type Accepted, done, type TheirEvent } from './client-session'
import { columnOf } from './findings'
import { pythonScript, startProgram } from './program'

const PARTS = ['first ', 'second ', 'third '.repeat(7_000)]

/** The Python client that starts our runtime as its child. */
export function theirClientOverStdio(python: string): void {
  const { works } = columnOf('Python client → our runtime', 'stdio')

  async function session(connect: object = {}) {
    const theirs = startProgram(python, 'client.py')
    const connecting = theirs.call('connect', { command: [process.execPath, script], ...connect })
    return {
      theirs,
      connecting,
      async submit(submit: object): Promise<Accepted> {
        await connecting
        return theirs.call<Accepted>('submit', submit)
      },
      async [Symbol.asyncDispose]() {
        await theirs[Symbol.asyncDispose]()
      },
    }
  }

  let script = ''

  describe('the Python client, with our runtime as its child', () => {
    beforeAll(async () => {
      const directory = await temporaryDirectory()
      script = await bundleScript(new URL('./our-stdio-runtime.ts', import.meta.url), directory)
      return () => directory[Symbol.asyncDispose]()
    })

    works('handshake', async () => {
      await using s = await session()
      expect(await s.connecting).toMatchObject({ runtime: { name: 'ours' } })
    })

    works('submit, inline result', async () => {
      await using s = await session()
      const { job_id } = await s.submit({ agent: 'echo', input: { a: [1, null, 'ä'] } })
      expect(await done(s.theirs, job_id)).toMatchObject({ result: { a: [1, null, 'ä'] } })
    })

    works('every event kind', async () => {
      await using s = await session()
      const { job_id } = await s.submit({ agent: 'every', lease_request: { 'tool.call': ['*'] } })
      const events = await s.theirs.call<TheirEvent[]>('events', { job_id })
      expect(events.map(({ kind }) => kind)).toHaveLength(11)
      expect(await done(s.theirs, job_id)).toMatchObject({ result: 'done' })
    })

    works('chunked result', async () => {
      await using s = await session()
      const { job_id } = await s.submit({ agent: 'stream', input: { parts: PARTS } })
      const whole = Buffer.from(await s.theirs.call<string>('chunks', { job_id }), 'base64')
      expect(whole.toString()).toBe(PARTS.join(''))
    })

    works('a job that fails', async () => {
      await using s = await session()
      const { job_id } = await s.submit({ agent: 'refuse' })
      await expect(done(s.theirs, job_id)).rejects.toMatchObject({ name: 'PermissionDeniedError' })
    })

    works('cancel', async () => {
      await using s = await session()
      const { job_id } = await s.submit({ agent: 'puppet', input: 'p' })
      await s.theirs.call('cancel', { job_id, reason: 'enough' })
      await expect(done(s.theirs, job_id)).rejects.toMatchObject({ name: 'CancelledError' })
    })

    works('unknown token', async () => {
      await using s = await session({ token: 'wrong' })
      await expect(s.connecting).rejects.toMatchObject({ name: 'UnauthenticatedError' })
    })

    works('close', async () => {
      await using s = await session()
      await s.connecting
      await s.theirs.call('close')
      expect(await s.theirs.call('child_exit')).toBe(0)
    })
  })
}

/** The Python runtime as a child of our client. */
export function theirRuntimeOverStdio(python: string): void {
  const { works } = columnOf('our client → Python runtime', 'stdio')

  const dialer = () =>
    compat(spawnRuntime(python, ['-B', pythonScript('runtime.py'), '--stdio'], { stderr: 'ignore' }))
  const connected = () => connect(dialer(), { token: 'test-token' })

  describe('the Python runtime, as a child of our client', () => {
    works('handshake', async () => {
      await using client = await connected()
      expect(client.runtime).toMatchObject({ name: 'interop-python' })
    })

    works('submit, inline result', async () => {
      await using client = await connected()
      const job = await client.submit('echo', { a: [1, null, 'ä'] })
      expect(await job.result()).toEqual({ a: [1, null, 'ä'] })
    })

    works('every event kind', async () => {
      await using client = await connected()
      const job = await client.submit('every', null)
      const types: string[] = []
      for await (const { type } of job.events()) types.push(type)
      expect(types).toHaveLength(11)
    })

    works('chunked result', async () => {
      await using client = await connected()
      const job = await client.submit('stream', { parts: PARTS, bytes: true })
      expect(await job.result()).toEqual(new Uint8Array(Buffer.from(PARTS.join(''))))
    })

    works('a job that fails', async () => {
      await using client = await connected()
      const job = await client.submit('refuse', null)
      await expect(job.result()).rejects.toThrow(PermissionDeniedError)
    })

    works('listing jobs', async () => {
      await using client = await connected()
      const job = await client.submit('echo', 1)
      await job.result()
      const listed: unknown[] = []
      for await (const { job_id, status } of client.listJobs()) listed.push([job_id, status])
      expect(listed).toEqual([[job.id, 'completed']])
    })

    works('idempotency key of another submit', async () => {
      await using client = await connected()
      await client.submit('echo', 1, { idempotencyKey: 'k' })
      await expect(client.submit('echo', 2, { idempotencyKey: 'k' })).rejects.toThrow(DuplicateKeyError)
    })

    works('unknown agent', async () => {
      await using client = await connected()
      await expect(client.submit('nobody', 1)).rejects.toThrow(AgentNotAvailableError)
    })

    works('unknown token', async () => {
      await expect(connect(dialer(), { token: 'wrong' })).rejects.toThrow(UnauthenticatedError)
    })

    works('close', async () => {
      const client = await connected()
      await client.close()
      expect(client.state).toBe('closed')
    })
  })
}
