import type { Envelope } from '@arcp/protocol'
import { seededRandom, TestClock } from '@arcp/testkit'
import type { CompatOptions } from '../options'
import { resolveOptions } from '../options'
import type { Dialect } from '../peer'
import type { RuntimeRule } from '../runtime-side/rule'
import { Translator } from '../runtime-side/translator'
import { EARLIER_VERSION } from '../version'

type Fields = Readonly<Record<string, unknown>>

/** A frame, as a test writes it. */
export const frame = (type: string, payload: Fields = {}, fields: Fields = {}): Envelope =>
  ({ arcp: '1.1', id: 'id', type, payload, ...fields }) as Envelope

/** What the draft's clients can do. */
const FEATURES = ['heartbeat', 'ack', 'list_jobs', 'subscribe']

const NAMES: Readonly<Record<Dialect, string>> = {
  python: 'arcp-python',
  'older-python': 'arcp-python',
  typescript: 'arcp-typescript',
  go: 'arcp-go-client',
  java: 'arcp-client-java',
  csharp: 'arcp-csharp',
  draft: 'somebody',
}

/** The hello of a client of the draft. */
export function helloOf(dialect: Dialect, payload: Fields = {}): Envelope {
  const features = dialect === 'python' ? [...FEATURES, 'model.use', 'progress'] : FEATURES
  return frame(
    'session.hello',
    {
      client: { name: NAMES[dialect], version: '1.0.0' },
      auth: { scheme: 'bearer', token: 't' },
      capabilities: { encodings: ['json'], features },
      ...payload,
    },
    { id: 'hello' },
  )
}

/** The translator of one client, frame by frame. */
export interface TranslatedClient {
  /** What a frame of the client is to the runtime. */
  read(frame: Envelope): Envelope[]
  /** What a frame of the runtime is to the client. */
  write(frame: Envelope): Envelope[]
  /** What was answered in the runtime's place. */
  readonly refused: readonly Envelope[]
  readonly ending: string | undefined
}

/** A client of the draft whose first frame is still to be read. */
export function clientOf(
  rules: readonly RuntimeRule[],
  hello: Envelope,
  options: CompatOptions = {},
): TranslatedClient {
  const limits = resolveOptions(options)
  const parts = { rules, limits, clock: new TestClock(), random: seededRandom(1) }
  const isEarlier = (hello.arcp as string) === EARLIER_VERSION
  const translator = new Translator(parts, hello, isEarlier)
  const parsed = (frames: readonly string[]) => frames.map((text) => JSON.parse(text) as Envelope)
  const refused: Envelope[] = []
  return {
    refused,
    read: (each) => parsed(translator.read(JSON.stringify(each), (more) => refused.push(...parsed(more)))),
    write: (each) => parsed(translator.write([JSON.stringify(each)])),
    get ending() {
      return translator.ending
    },
  }
}

/** The same, with a session that stands. */
export function greetedClient(
  rules: readonly RuntimeRule[],
  dialect: Dialect,
  options: CompatOptions = {},
): TranslatedClient {
  const client = clientOf(rules, helloOf(dialect), options)
  client.read(helloOf(dialect))
  client.write(welcome)
  return client
}

/** A runtime's answer to a hello. */
export const welcome = frame(
  'session.welcome',
  {
    session_id: 'sess_1',
    runtime: { name: 'r', version: '1' },
    resume_token: 'ars_1',
    resume_window_sec: 600.5,
    max_frame_bytes: 16_384,
    heartbeat_interval_sec: 29.5,
    capabilities: { encodings: ['json'], features: ['heartbeat', 'list_jobs', 'typed_events'], agents: [] },
  },
  { session_id: 'sess_1' },
)

/** A runtime's answer to a request it refuses. */
export const refusal = (requestId: string, code = 'INVALID_REQUEST'): Envelope =>
  frame(
    'session.error',
    { request_id: requestId, code, message: 'no', retryable: false },
    { id: 'msg', session_id: 'sess_1' },
  )
