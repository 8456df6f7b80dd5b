import { expect } from 'vitest'
import type { AgentContext } from '../jobs/context'
import type { RuntimeOptions } from '../options'
import { agentOf } from './agents'
import { harness, submitted, terminalOf } from './harness'

/** Runs `act` as an agent's function, beside the agents of `options`: the events it made, and what it got. */
export async function acting<T>(
  act: (ctx: AgentContext) => T | Promise<T>,
  submit: object = {},
  options: Partial<RuntimeOptions> = {},
) {
  let outcome: { readonly value: T } | { readonly error: unknown } | undefined
  const implementation = agentOf('acting', async (_, ctx) => {
    try {
      outcome = { value: await act(ctx) }
    } catch (error) {
      outcome = { error }
    }
  })
  await using h = harness({ ...options, agents: [implementation, ...(options.agents ?? [])] })
  const peer = await h.connect()
  const { job_id } = await submitted(peer, { agent: 'acting', ...submit })
  expect((await terminalOf(peer, job_id)).type).toBe('job.completed')
  const events = peer.frames
    .filter((frame) => frame.event_seq !== undefined)
    .slice(2, -1)
    .map(({ type, payload }) => {
      const { seq, ts, ...body } = payload
      expect(seq).toEqual(expect.any(Number))
      expect(Date.parse(String(ts))).not.toBeNaN()
      return { type, body }
    })
  return { events, ...(outcome as { value?: T; error?: unknown }) }
}
