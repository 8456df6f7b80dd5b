import type { RawFrame, ScriptedPeer } from '@arcp/testkit'
import { expect } from 'vitest'
import type { Harness } from './harness'

/** The payload of a hello that opens a session. */
export const hello = {
  client: { name: 'probe', version: '1.0.0' },
  auth: { scheme: 'bearer', token: 'test-token' },
  capabilities: { encodings: ['json'], features: ['typed_events'] },
}

/** What came back, up to the end of the transport. */
export async function conversation(peer: ScriptedPeer) {
  const { code } = await peer.closed
  return { code, frames: peer.frames.map(({ type, payload }) => ({ type, ...payload })) }
}

/** Sends a hello and waits for its refusal. */
export async function refused(h: Harness, payload: object, fields?: Record<string, unknown>) {
  const peer = h.dial()
  const id = peer.request('session.hello', payload, fields)
  const { code, frames } = await conversation(peer)
  expect(code).toBe(1008)
  expect(frames).toHaveLength(1)
  expect(frames[0]).toMatchObject({ type: 'session.error', request_id: id })
  return frames[0] as unknown as {
    code: string
    message: string
    retryable: boolean
    details?: Record<string, unknown>
  }
}

/** Fields of a hello that agree on acknowledgements. */
export const acknowledging = { capabilities: { encodings: ['json'], features: ['typed_events', 'ack'] } }

/** Fields of a hello that resume the session of this welcome. */
export function resuming(welcome: RawFrame, last_event_seq: number, cursors?: object) {
  const { session_id, payload } = welcome
  const resume = { session_id, resume_token: payload.resume_token, last_event_seq }
  return { resume: cursors ? { ...resume, cursors } : resume }
}
