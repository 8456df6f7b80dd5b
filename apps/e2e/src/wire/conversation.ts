import { expect } from 'vitest'
import { type Frame, openWire, type Wire } from './wire'

const IDS = '[0-7][0-9A-HJKMNP-TV-Z]{25}'

/** Matches an id as runtimes make them. `docs/protocol.md` §1. */
export const idOf = (kind: 'msg' | 'sess' | 'job' | 'res' | 'call') =>
  expect.stringMatching(new RegExp(`^${kind}_${IDS}$`))

/** Matches a moment as it travels. */
export const MOMENT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

/** Matches a trace id. */
export const TRACE = expect.stringMatching(/^(?!0{32})[0-9a-f]{32}$/)

/** Matches the token of a session. */
export const SESSION_TOKEN = expect.stringMatching(/^ars_[\w-]{43}$/)

/** Matches the token of a job. */
export const JOB_TOKEN = expect.stringMatching(/^arj_[\w-]{43,}$/)

/** Whoever speaks here names only these: what others add has its own tests. */
const FEATURES = ['typed_events', 'progress', 'result_chunk', 'agent_versions']

/** A hello, with some fields of its payload replaced. */
export function helloFrame(payload: object = {}): object {
  return {
    arcp: '1.1',
    id: 'hello',
    type: 'session.hello',
    payload: {
      client: { name: 'script', version: '1' },
      auth: { scheme: 'bearer', token: 'demo-token' },
      capabilities: { encodings: ['json'], features: FEATURES },
      ...payload,
    },
  }
}

/** A session that stands, spoken frame by frame. */
export interface Conversation extends Wire {
  readonly sessionId: string
  readonly welcome: Frame
  /** Sends a request; its `id` is the one given. */
  ask(id: string, type: string, payload: object, fields?: object): void
  /** The whole frame of a message that is not numbered, to be expected. */
  message(type: string, payload: object, fields?: object): object
  /** Every frame until the one of this type, with it. */
  until(type: string): Promise<Frame[]>
}

/** Opens a session; the next frame is the first after the welcome. */
export async function converse(url: string, hello: object = {}): Promise<Conversation> {
  const wire = await openWire(url)
  wire.send(helloFrame(hello))
  const welcome = await wire.next()
  expect(welcome.type, JSON.stringify(welcome.payload)).toBe('session.welcome')
  const session_id = String(welcome.session_id)
  return {
    ...wire,
    sessionId: session_id,
    welcome,
    ask: (id, type, payload, fields = {}) =>
      wire.send({ arcp: '1.1', id, type, session_id, ...fields, payload }),
    message: (type, payload, fields = {}) => ({
      arcp: '1.1',
      id: idOf('msg'),
      type,
      session_id,
      ...fields,
      payload,
    }),
    async until(type) {
      const frames: Frame[] = []
      while (frames.at(-1)?.type !== type) frames.push(await wire.next())
      return frames
    },
  }
}
