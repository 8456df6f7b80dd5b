import { type Client, connect } from '@arcp/client'
import { compat } from '@arcp/compat'
import { ResumeWindowExpiredError } from '@arcp/protocol'
import { spawnRuntime } from '@arcp/transport-stdio'
import { describe, expect } from 'vitest'
import { bundleScript } from '../processes/script'
import { temporaryDirectory } from '../processes/temporary-directory'
import { done } from './client-session'
import { columnOf, type Direction } from './findings'
import { PARTS } from './links'
import { pythonScript, startProgram } from './program'
import { PATIENT } from './runtime-session'

const WHOLE = 'the runtime as the child itself'
const ENDED = 'the end of such a child'

/** A runtime that is its client's child, in both directions. */
export function childRuntimes(python: string): void {
  for (const direction of [
    'Python client → our runtime',
    'our client → Python runtime',
  ] satisfies Direction[]) {
    const { none } = columnOf(direction, 'WebSocket')
    for (const feature of [WHOLE, ENDED]) none(feature, 'What is reached by WebSocket is nobody’s child.')
  }
  ourChild(python)
  theirChild(python)
}

function ourChild(python: string): void {
  const { works } = columnOf('Python client → our runtime', 'stdio')

  /** The Python client, and what starts our runtime as its child. */
  async function session() {
    const directory = await temporaryDirectory()
    const script = await bundleScript(new URL('./our-stdio-runtime.ts', import.meta.url), directory)
    const theirs = startProgram(python, 'client.py')
    return {
      theirs,
      connected: (options: object = {}) =>
        theirs.call('connect', { command: [process.execPath, script], ...options }),
      async [Symbol.asyncDispose]() {
        await theirs[Symbol.asyncDispose]()
        await directory[Symbol.asyncDispose]()
      },
    }
  }

  describe('the Python client, with our runtime as its child', () => {
    works(WHOLE, async () => {
      await using s = await session()
      expect(await s.connected()).toMatchObject({ runtime: { name: 'ours' } })
      const { job_id } = await s.theirs.call<{ job_id: string }>('submit', {
        agent: 'stream',
        input: { parts: PARTS },
      })
      const whole = Buffer.from(await s.theirs.call<string>('chunks', { job_id }), 'base64')
      expect(whole.toString()).toBe(PARTS.join(''))
      await s.theirs.call('close')
      expect(await s.theirs.call('child_exit')).toBe(0)
    })

    works(ENDED, async () => {
      await using s = await session()
      await s.connected()
      const { session_id, resume_token } = (
        await s.theirs.frame('in', ({ type }) => type === 'session.welcome')
      ).payload
      const { job_id } = await s.theirs.call<{ job_id: string }>('submit', { agent: 'puppet', input: 'p' })
      await s.theirs.call('cut')
      await expect(done(s.theirs, job_id)).rejects.toMatchObject({ name: 'TransportClosed' })
      const resume = { session_id, resume_token, last_event_seq: 0 }
      await expect(s.connected({ resume })).rejects.toMatchObject({ code: 'RESUME_WINDOW_EXPIRED' })
    })
  })
}

function theirChild(python: string): void {
  const { works } = columnOf('our client → Python runtime', 'stdio')

  const connected = (): Promise<Client> => {
    const child = spawnRuntime(python, ['-B', pythonScript('runtime.py'), '--stdio'], { stderr: 'ignore' })
    return connect(compat(child), { token: 'test-token', limits: PATIENT })
  }

  describe('the Python runtime, as a child of our client', () => {
    works(WHOLE, async () => {
      const client = await connected()
      expect(client.runtime).toMatchObject({ name: 'interop-python' })
      const job = await client.submit('stream', { parts: PARTS, bytes: true })
      expect(await job.result()).toEqual(new Uint8Array(Buffer.from(PARTS.join(''))))
      await client.close()
      expect(client.state).toBe('closed')
    })

    works(ENDED, async () => {
      await using client = await connected()
      const job = await client.submit('wait', null)
      // Whether it is accepted before the process ends is a matter of luck.
      client.submit('die', null).catch(() => {})
      await expect(job.result()).rejects.toThrow(ResumeWindowExpiredError)
      expect(await (await client.submit('echo', 'goes on')).result()).toBe('goes on')
    })
  })
}
