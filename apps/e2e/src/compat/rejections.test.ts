import { compat } from '@arcp/compat'
import { agent } from '@arcp/protocol'
import { createRuntime, implement, staticTokens } from '@arcp/runtime'
import { type RawFrame, record } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { links } from '../links'
import { Handles, readers } from './readers'

const FEATURES = ['heartbeat', 'ack', 'list_jobs', 'subscribe', 'progress']

/** What each implementation says of itself in a hello. */
const selves: Readonly<Record<string, { name: string; features?: string[]; agents?: [] }>> = {
  python: { name: 'my-app', features: ['ack', 'list_jobs', 'model.use', 'progress'], agents: [] },
  'older-python': { name: 'my-app', agents: [] },
  typescript: { name: 'arcp-typescript' },
  go: { name: 'arcp-go-client' },
  draft: { name: 'my-app' },
  java: { name: 'arcp-client-java' },
  csharp: { name: 'arcp-csharp' },
}

/** The jobs submitted, in this order: those in the midst are refused, in two ways. */
const SUBMITS = {
  before: { agent: 'wait' },
  nobody: { agent: 'nobody' },
  malformed: { agent: 5 },
  after: { agent: 'wait' },
}

describe.each(links)('$name', (link) => {
  it.each(Object.entries(readers))(
    'a client for %s whose submits and other requests are refused keeps its other jobs (R-SUB-6)',
    async (dialect, reader) => {
      let open = () => {}
      const opened = new Promise<void>((resolve) => {
        open = resolve
      })
      await using runtime = createRuntime({
        name: 'e2e',
        version: '1.0.0',
        auth: staticTokens({ 'test-token': 'ada' }),
        agents: [implement(agent({ name: 'wait', version: '1.0.0' }), () => opened)],
      })
      await using way = await link.open(compat(runtime))
      const transport = await way.dialer.open(new AbortController().signal)
      const handles = new Handles()
      const read: RawFrame[] = []
      const recorder = record(transport, (text) => {
        const frame = JSON.parse(text) as RawFrame
        read.push(frame)
        reader(frame, handles)
      })
      const say = (id: string, type: string, payload: object) =>
        transport.send([JSON.stringify({ arcp: '1.1', id, type, payload })])
      const { name, features = FEATURES, ...more } = selves[dialect] ?? { name: dialect }
      say('hello', 'session.hello', {
        client: { name, version: '1.0.0' },
        auth: { scheme: 'bearer', token: 'test-token' },
        capabilities: { encodings: ['json'], features, ...more },
      })
      await recorder.until(() => read.some(({ type }) => type === 'session.welcome'))
      for (const [id, payload] of Object.entries(SUBMITS)) {
        handles.submitted(id)
        say(id, 'job.submit', payload)
      }
      say('cancel', 'job.cancel', { job_id: 'job_none', reason: 'none' })
      say('list', 'session.list_jobs', { cursor: 'none' })
      say('strange', 'job.strange', {})
      say('ack', 'session.ack', { last_processed_seq: 1_000 })
      say('ping', 'session.ping', { nonce: 'n' })
      await recorder.until(
        () => read.some(({ type }) => type === 'session.pong') && handles.outcomes.size === 2,
      )
      expect(Object.fromEntries(handles.outcomes)).toEqual({
        nobody: 'AGENT_NOT_AVAILABLE',
        malformed: 'INVALID_REQUEST',
      })
      open()
      await recorder.until(() => handles.outcomes.size === 4)
      expect(handles.outcomes.get('before')).toBe('job.result')
      expect(handles.outcomes.get('after')).toBe('job.result')
      transport.close()
      await recorder.closed
    },
  )
})
