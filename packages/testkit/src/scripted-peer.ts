import type { Transport, TransportClose } from '@arcp/protocol/transport'

/** A frame as it arrived: parsed, not checked. */
export interface RawFrame {
  readonly arcp: string
  readonly id: string
  readonly type: string
  readonly session_id?: string
  readonly job_id?: string
  readonly trace_id?: string
  readonly event_seq?: number
  readonly payload: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

/** Which frame is waited for: its type, or a test it passes. Any, if left out. */
export type FrameMatch = string | ((frame: RawFrame) => boolean)

/** One side of a conversation, spoken by a test frame by frame. Disposing closes the transport. */
export interface ScriptedPeer extends AsyncDisposable {
  /** Every frame that has arrived, taken or not. */
  readonly frames: readonly RawFrame[]
  /** Settles when the transport has ended. */
  readonly closed: Promise<TransportClose>
  /** The `session_id` of the last welcome {@link hello} got. */
  readonly sessionId: string | undefined
  /** Sends an object as JSON, a string as it is. */
  send(frame: object | string): void
  /**
   * Sends a well-formed envelope with a fresh `id` and the `session_id` of the last welcome.
   *
   * @param fields Envelope fields to add or replace.
   * @returns the `id`.
   */
  request(type: string, payload: object, fields?: Readonly<Record<string, unknown>>): string
  /**
   * The first frame that matches and that no earlier call has taken, whether it has arrived or is yet to.
   *
   * Rejects when the transport has ended without it, or a frame is no JSON object; the message tells what arrived.
   */
  next(match?: FrameMatch): Promise<RawFrame>
  /**
   * Sends a valid `session.hello` in the native form and returns the welcome; rejects when it is refused.
   *
   * @param payload Replaces fields of the payload, e.g. `{ auth: { scheme: 'bearer', token } }`.
   */
  hello(payload?: Readonly<Record<string, unknown>>): Promise<RawFrame>
  /** Closes the transport and waits until that is done. */
  close(code?: number, reason?: string): Promise<TransportClose>
}

/** Starts `transport` and lets a test speak over it. It knows envelopes and nothing of what they mean. */
export function scriptedPeer(transport: Transport): ScriptedPeer {
  const frames: RawFrame[] = []
  const untaken: RawFrame[] = []
  const waiting = new Set<Wait>()
  let broken: string | undefined
  let sessionId: string | undefined
  let requests = 0
  let tellClosed!: (info: TransportClose) => void
  const closed = new Promise<TransportClose>((resolve) => {
    tellClosed = resolve
  })

  transport.start({
    frame(text) {
      const frame = parse(text)
      if (!frame) {
        fail(`a frame that is no JSON object arrived: ${text.slice(0, 200)}`)
        return
      }
      frames.push(frame)
      for (const wait of waiting) {
        if (!matches(frame, wait.match)) continue
        waiting.delete(wait)
        wait.resolve(frame)
        return
      }
      untaken.push(frame)
    },
    close(info) {
      fail(`the transport closed (${info.code} ${JSON.stringify(info.reason)})`)
      tellClosed(info)
    },
    drain() {},
  })

  function fail(why: string): void {
    broken ??= why
    for (const wait of waiting) wait.reject(missing(wait.match))
    waiting.clear()
  }

  function missing(match: FrameMatch | undefined): Error {
    const wanted = typeof match === 'string' ? match : match ? 'a matching frame' : 'any frame'
    const arrived = frames.map((frame) => (untaken.includes(frame) ? frame.type : `${frame.type} (taken)`))
    return new Error(`waited for ${wanted}, but ${broken}; arrived: ${arrived.join(', ') || 'nothing'}`)
  }

  function next(match?: FrameMatch): Promise<RawFrame> {
    const index = untaken.findIndex((frame) => matches(frame, match))
    const [held] = index < 0 ? [] : untaken.splice(index, 1)
    if (held) return Promise.resolve(held)
    if (broken) return Promise.reject(missing(match))
    return new Promise((resolve, reject) => waiting.add({ match, resolve, reject }))
  }

  function send(frame: object | string): void {
    transport.send([typeof frame === 'string' ? frame : JSON.stringify(frame)])
  }

  function request(type: string, payload: object, fields: Readonly<Record<string, unknown>> = {}): string {
    requests++
    const id = `req_${requests}`
    send({ arcp: '1.1', id, type, ...(sessionId && { session_id: sessionId }), payload, ...fields })
    return id
  }

  async function hello(payload: Readonly<Record<string, unknown>> = {}): Promise<RawFrame> {
    request('session.hello', { ...HELLO, ...payload }, { session_id: undefined })
    const answer = await next((frame) => ['session.welcome', 'session.error'].includes(frame.type))
    if (answer.type === 'session.error') throw new Error(`hello refused: ${JSON.stringify(answer.payload)}`)
    sessionId = answer.session_id
    return answer
  }

  function close(code?: number, reason?: string): Promise<TransportClose> {
    transport.close(code, reason)
    return closed
  }

  return {
    frames,
    closed,
    get sessionId() {
      return sessionId
    },
    send,
    request,
    next,
    hello,
    close,
    async [Symbol.asyncDispose]() {
      await close()
    },
  }
}

interface Wait {
  readonly match: FrameMatch | undefined
  readonly resolve: (frame: RawFrame) => void
  readonly reject: (error: Error) => void
}

const HELLO = {
  client: { name: 'scripted-peer', version: '1.0.0' },
  auth: { scheme: 'bearer', token: 'test-token' },
  capabilities: { encodings: ['json'], features: ['typed_events'] },
}

function matches(frame: RawFrame, match: FrameMatch | undefined): boolean {
  if (match === undefined) return true
  return typeof match === 'string' ? frame.type === match : match(frame)
}

function parse(text: string): RawFrame | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as RawFrame) : undefined
  } catch {
    return undefined
  }
}
