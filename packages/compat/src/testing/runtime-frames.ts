import type { Envelope } from '@arcp/protocol'
import type { Dialer, TransportHandler } from '@arcp/protocol/transport'
import { seededRandom, TestClock } from '@arcp/testkit'
import { clientSide } from '../client-side/dialer'
import type { ClientRule } from '../client-side/rule'
import { type CompatOptions, resolveOptions } from '../options'
import type { Dialect } from '../peer'
import { frame } from './client-frames'

type Fields = Readonly<Record<string, unknown>>

/** What our client can do. */
const FEATURES = ['heartbeat', 'ack', 'list_jobs', 'subscribe', 'typed_events']

const TOKENS: Readonly<Partial<Record<Dialect, string>>> = {
  python: `rtk_${'0'.repeat(26)}`,
  'older-python': `rtk_${'0'.repeat(26)}`,
  typescript: `rt_${'0'.repeat(64)}`,
  go: '0'.repeat(26),
  java: '00000000-0000-4000-8000-000000000000',
}

/** The hello of our client. */
export const nativeHello = (payload: Fields = {}): Envelope =>
  frame('session.hello', {
    client: { name: 'c', version: '1' },
    auth: { scheme: 'bearer', token: 't' },
    capabilities: { encodings: ['json'], features: FEATURES },
    ...payload,
  })

/** The same, to resume the session of {@link draftWelcome}. */
export const resumeHello = (last_event_seq: number, payload: Fields = {}): Envelope =>
  nativeHello({
    resume: { session_id: 'sess_1', resume_token: 't', last_event_seq, cursors: {} },
    ...payload,
  })

/** The welcome of a runtime of the draft. */
export const draftWelcome = (dialect: Dialect, payload: Fields = {}, session_id = 'sess_1'): Envelope =>
  frame(
    'session.welcome',
    {
      runtime: { name: dialect === 'csharp' ? 'arcp-csharp' : 'somebody', version: '1' },
      resume_token: TOKENS[dialect] ?? 'secret',
      resume_window_sec: 600,
      capabilities: {
        encodings: ['json'],
        features: [
          ...['heartbeat', 'ack', 'list_jobs', 'subscribe'],
          ...(dialect === 'python' ? ['model.use', 'progress'] : []),
        ],
        agents: ['echo'],
      },
      ...payload,
    },
    { session_id },
  )

/** A transport between our client and a runtime, both spoken frame by frame. */
export interface Connection {
  /** What has reached the runtime. */
  readonly heard: Envelope[]
  /** What has reached the client. */
  readonly told: Envelope[]
  readonly ended: boolean
  /** The runtime says something. */
  say(...frames: Envelope[]): void
  /** The client does; resolves when whatever answers it at once has come. */
  ask(...frames: Envelope[]): Promise<void>
  /** Forgets what has been heard and told. */
  clear(): void
}

/** What one translating dialer reaches. */
export interface Reached {
  /** Opens a transport and sends a hello. */
  dial(hello?: Envelope): Promise<Connection>
  /** The same, with the welcome. */
  greet(hello?: Envelope, welcome?: Envelope): Promise<Connection>
  readonly clock: TestClock
}

/** A dialer with these rules that reaches a runtime of a dialect; `medium` is what it says carries the frames. */
export function reach(
  rules: readonly ClientRule[],
  dialect: Dialect,
  options: CompatOptions = {},
  medium = 'memory',
): Reached {
  const clock = new TestClock()
  let current: Connection & { handler?: TransportHandler; ended: boolean }
  const inner: Dialer = {
    transport: medium,
    async open() {
      return {
        start: (handler) => Object.assign(current, { handler }),
        send: (frames) => void current.heard.push(...frames.map((text) => JSON.parse(text) as Envelope)),
        close: () => Object.assign(current, { ended: true }),
        bufferedBytes: 0,
      }
    },
  }
  const limits = resolveOptions(options)
  const dialer = clientSide(inner, { rules, limits, clock, random: seededRandom(1) })

  async function dial(hello: Envelope = nativeHello()): Promise<Connection> {
    const opened: typeof current = {
      heard: [],
      told: [],
      ended: false,
      say(...frames) {
        for (const each of frames) opened.handler?.frame(JSON.stringify(each))
      },
      async ask(...frames) {
        transport.send(frames.map((each) => JSON.stringify(each)))
        await Promise.resolve()
      },
      clear() {
        opened.heard.length = opened.told.length = 0
      },
    }
    current = opened
    const transport = await dialer.open(new AbortController().signal)
    transport.start({
      frame: (text) => void opened.told.push(JSON.parse(text) as Envelope),
      close() {},
      drain() {},
    })
    await opened.ask(hello)
    return opened
  }

  return {
    clock,
    dial,
    async greet(hello, welcome = draftWelcome(dialect)) {
      const connection = await dial(hello)
      connection.say(welcome)
      connection.clear()
      return connection
    },
  }
}

/** A submit of our client. */
export const submit = (id: string, payload: Fields = {}): Envelope =>
  frame('job.submit', { agent: 'echo', input: null, ...payload }, { id, session_id: 'sess_1' })

/** The answer to a submit, which names it as far as `fields` and `payload` do. */
export const accept = (jobId: string, payload: Fields = {}, fields: Fields = {}): Envelope =>
  frame('job.accepted', { job_id: jobId, agent: 'echo@1.0.0', ...payload }, { job_id: jobId, ...fields })

/** An event of a job, as the draft tells it. */
export const logged = (jobId: string, event_seq: number, message = '', fields: Fields = {}): Envelope =>
  frame(
    'job.event',
    { kind: 'log', ts: '2026-01-01T00:00:00Z', body: { level: 'info', message } },
    { job_id: jobId, event_seq, ...fields },
  )

/** The end of a job, as the draft tells it. */
export const ended = (
  jobId: string,
  event_seq: number,
  payload: Fields = {},
  fields: Fields = {},
): Envelope =>
  frame(
    'job.result',
    { final_status: 'success', result: 1, completed_at: '2026-01-01T00:00:01Z', ...payload },
    { job_id: jobId, event_seq, ...fields },
  )

/** The same, where it failed. */
export const failed = (jobId: string, code: string, fields: Fields = {}): Envelope =>
  frame(
    'job.error',
    { final_status: 'error', code, message: 'no', retryable: false },
    { job_id: jobId, ...fields },
  )

/** A session whose client has submitted `job_1`, which runs; its trace is `trace` where one is given. */
export async function runningJob(reached: Reached, fields: Fields = {}): Promise<Connection> {
  const connection = await reached.greet()
  await connection.ask(submit('s0'))
  connection.say(accept('job_1', { request_id: 's0' }, fields))
  connection.clear()
  return connection
}
