import type { SessionWelcome } from '@arcp/protocol'
import { memoryDialer } from '@arcp/protocol/transport'
import {
  type RawFrame,
  type ScriptedPeer,
  scriptedPeer,
  seededRandom,
  TestClock,
  testAcceptor,
} from '@arcp/testkit'
import type { Client } from '../client'
import { connect } from '../connect'
import type { Job } from '../jobs/job'
import type { ConnectOptions } from '../options'
import { type Logs, logs } from './logs'

export const SESSION = 'ses_test'
export const TRACE = 'a'.repeat(32)

/** A welcome's payload, with some fields replaced. */
export function welcome(fields: Partial<SessionWelcome> = {}): SessionWelcome {
  return {
    session_id: SESSION,
    runtime: { name: 'scripted', version: '1.2.3' },
    resume_token: 'ars_secret',
    resume_window_sec: 60,
    max_frame_bytes: 1024 * 1024,
    accepted_at: '2026-01-01T00:00:00.000Z',
    capabilities: {
      encodings: ['json'],
      features: ['progress', 'result_chunk', 'agent_versions', 'typed_events'],
      agents: [{ name: 'echo', versions: ['1.0.0'], default: '1.0.0' }],
    },
    ...fields,
  }
}

/** The runtime's side of a session, spoken by a test. */
export interface RuntimeSide {
  readonly peer: ScriptedPeer
  /** Sends a message that is not numbered. */
  say(type: string, payload: object, fields?: object): void
  /** Sends a numbered event of a job. */
  event(jobId: string, type: string, seq: number, body?: object): void
  /** Accepts a submit as the job `jobId`. */
  accept(submit: RawFrame, jobId: string, fields?: object): void
}

export function runtimeSide(peer: ScriptedPeer): RuntimeSide {
  let messages = 0
  let eventSeq = 0
  const send = (type: string, payload: object, fields: object) => {
    peer.send({ arcp: '1.1', id: `run_${++messages}`, type, session_id: SESSION, ...fields, payload })
  }
  return {
    peer,
    say: (type, payload, fields = {}) => send(type, payload, fields),
    event: (jobId, type, seq, body = {}) =>
      send(type, { seq, ts: '2026-01-01T00:00:00.000Z', ...body }, { job_id: jobId, event_seq: ++eventSeq }),
    accept: (submit, jobId, fields = {}) => {
      const payload = {
        request_id: submit.id,
        job_id: jobId,
        agent: 'echo@1.0.0',
        lease: {},
        accepted_at: '2026-01-01T00:00:01.000Z',
        trace_id: TRACE,
        resume_token: `arj_${jobId}`,
        first_seq: 1,
        log_epoch: 'e1',
        ...fields,
      }
      send('job.accepted', payload, { job_id: jobId })
    },
  }
}

/** A client whose session stands, and the other side of it. */
export interface Conversation extends RuntimeSide, AsyncDisposable {
  readonly client: Client
  readonly clock: TestClock
  readonly logs: Logs
  /** Submits a job and accepts it. */
  job<Result = unknown>(jobId: string, accepted?: object): Promise<Job<Result>>
}

/** Connects a client to a test. */
export async function conversation(
  options: Partial<ConnectOptions> = {},
  fields: Partial<SessionWelcome> = {},
): Promise<Conversation> {
  const acceptor = testAcceptor()
  const clock = new TestClock()
  const logger = logs()
  const random = seededRandom(1)
  const connecting = connect(memoryDialer(acceptor), {
    token: 'test-token',
    clock,
    random,
    logger,
    ...options,
    // Most conversations are about one connection; those about coming back say so.
    limits: { reconnectForMs: 0, ...options.limits },
  })
  const side = runtimeSide(scriptedPeer((await acceptor.next()).transport))
  await side.peer.next('session.hello')
  side.say('session.welcome', welcome(fields))
  const client = await connecting
  await side.peer.next('session.ack')
  return {
    ...side,
    client,
    clock,
    logs: logger,
    async job<Result>(jobId: string, accepted?: object) {
      const submitting = client.submit<Result>('echo', null)
      side.accept(await side.peer.next('job.submit'), jobId, accepted)
      return submitting
    },
    async [Symbol.asyncDispose]() {
      await side.peer.close()
      await client.close()
    },
  }
}

/** Everything a stream of bytes holds, as text. */
export async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(stream).text()
}
