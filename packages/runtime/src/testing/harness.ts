import type { Logger } from '@arcp/protocol/observe'
import { memoryPair, type Transport } from '@arcp/protocol/transport'
import { type RawFrame, type ScriptedPeer, scriptedPeer, TestClock } from '@arcp/testkit'
import { expect } from 'vitest'
import { staticTokens } from '../auth/static-tokens'
import type { RuntimeOptions } from '../options'
import { createRuntime, type Runtime } from '../runtime'

/** One line a runtime logged. */
export interface Logged {
  readonly level: string
  readonly message: string
  readonly fields?: Record<string, unknown>
}

/** A runtime under test, what it logged, and a way in. Disposing closes the runtime; a test clock is driven on. */
export interface Harness extends AsyncDisposable {
  readonly runtime: Runtime
  readonly logged: readonly Logged[]
  /** A raw transport's peer that has sent nothing yet. `wrap` stands between the runtime and its end. */
  dial(wrap?: (far: Transport) => Transport): ScriptedPeer
  /** A peer whose session stands. */
  connect(
    hello?: Readonly<Record<string, unknown>>,
    wrap?: (far: Transport) => Transport,
  ): Promise<ScriptedPeer>
}

/** The hello of the second principal. */
export const asBob = { auth: { scheme: 'bearer', token: 'other-token' } }

/** A runtime with two principals, `test-token` (ada) and `other-token` (bob), over memory pairs. */
export function harness(options: Partial<RuntimeOptions> = {}): Harness {
  const logged: Logged[] = []
  const runtime = createRuntime({
    name: 'test-runtime',
    version: '1.0.0',
    auth: staticTokens({ 'test-token': 'ada', 'other-token': 'bob' }),
    agents: [],
    logger: recorder(logged),
    ...options,
  })
  const dial: Harness['dial'] = (wrap = (far) => far) => {
    const [near, far] = memoryPair({ maxFrameBytes: runtime.maxFrameBytes })
    runtime.accept(wrap(far), { transport: 'memory' })
    return scriptedPeer(near)
  }
  return {
    runtime,
    logged,
    dial,
    async connect(hello, wrap) {
      const peer = dial(wrap)
      await peer.hello(hello)
      return peer
    },
    [Symbol.asyncDispose]: () => drive(options.clock, runtime.close()),
  }
}

/** Waits for `promise` while a test clock is driven on, time included. */
export async function drive<T>(clock: unknown, promise: Promise<T>): Promise<T> {
  let settled = false
  const done = () => {
    settled = true
  }
  promise.then(done, done)
  while (clock instanceof TestClock && !settled) {
    await clock.settle()
    if (!settled) clock.advance(1_000)
  }
  return promise
}

/** The `session.error` that answers the request `id`. */
export async function refusal(peer: ScriptedPeer, id: string): Promise<RawFrame['payload']> {
  const { payload } = await peer.next(
    ({ type, payload }) => type === 'session.error' && payload.request_id === id,
  )
  return payload
}

/** Submits and waits for `job.accepted`. */
export async function submitted(
  peer: ScriptedPeer,
  payload: object,
  fields?: Readonly<Record<string, unknown>>,
): Promise<RawFrame> {
  const id = peer.request('job.submit', payload, fields)
  const answer = await peer.next(({ payload }) => payload.request_id === id)
  expect(answer.type, JSON.stringify(answer.payload)).toBe('job.accepted')
  return answer
}

/** The event of this type of one job. */
export function eventOf(peer: ScriptedPeer, jobId: string | undefined, type: string): Promise<RawFrame> {
  return peer.next((frame) => frame.type === type && frame.job_id === jobId)
}

/** The terminal of one job, whatever it is. */
export function terminalOf(peer: ScriptedPeer, jobId: string | undefined): Promise<RawFrame> {
  return peer.next(({ type, job_id }) => job_id === jobId && /^job\.(completed|failed|cancelled)$/.test(type))
}

/** Submits and waits for the terminal. */
export async function outcome(peer: ScriptedPeer, payload: object): Promise<RawFrame> {
  return terminalOf(peer, (await submitted(peer, payload)).job_id)
}

function recorder(logged: Logged[]): Logger {
  const log = (level: string) => (message: string, fields?: Record<string, unknown>) => {
    logged.push(fields ? { level, message, fields } : { level, message })
  }
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
}
