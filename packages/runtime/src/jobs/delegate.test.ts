import { agent } from '@arcp/protocol'
import type { Observation } from '@arcp/protocol/observe'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { implement } from '../agents/implement'
import { acting } from '../testing/acting'
import { agentOf, echo } from '../testing/agents'
import { eventOf, harness, outcome, submitted, terminalOf } from '../testing/harness'
import { expectNoUnhandled } from '../testing/unhandled'
import type { AgentContext } from './context'

expectNoUnhandled()

const lease_request = { 'agent.delegate': ['echo', 'sum', 'probe'] }
const sum = implement(
  agent({
    name: 'sum',
    version: '2.0.0',
    input: v.object({ a: v.number(), b: v.optional(v.number(), 1) }),
    output: v.number(),
  }),
  ({ a, b }) => a + b,
)

/** What an agent's own code gets: a value, or the code and details of what was thrown. */
function told(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch(({ code, details, message }) => ({ code, ...(details ? { details } : { message }) }))
}

describe('delegating', () => {
  it('makes a job whose result the agent gets, and tells of it', async () => {
    const { value, events } = await acting(
      async (ctx) => {
        const child = await ctx.delegate('echo', { x: [1] })
        return { id: child.id, agent: child.agent, result: await child.result(), state: child.state }
      },
      { lease_request },
      { agents: [echo] },
    )
    expect(value).toEqual({
      id: expect.stringMatching(/^job_/),
      agent: 'echo@1.0.0',
      result: { x: [1] },
      state: 'completed',
    })
    expect(events).toEqual([
      {
        type: 'job.delegate',
        body: { child_job_id: (value as { id: string }).id, agent: 'echo@1.0.0', input: { x: [1] } },
      },
    ])
  })

  it('by a contract checks the input by its schema, and is typed by it', async () => {
    const { value } = await acting(
      async (ctx) => {
        const child = await ctx.delegate(sum.contract, { a: 2 })
        const result: number = await child.result()
        return [result, await told(ctx.delegate('sum', { a: 'two' }))]
      },
      { lease_request },
      { agents: [sum] },
    )
    expect(value).toMatchObject([3, { code: 'INVALID_REQUEST', details: { issues: [{ path: 'input.a' }] } }])
  })

  it('gives the child the parent’s principal, trace and x-* of its own', async () => {
    const seen: AgentContext[] = []
    const probe = agentOf('probe', (_, ctx) => void seen.push(ctx))
    await acting(
      async (ctx) => {
        seen.push(ctx)
        const child = await ctx.delegate('probe', null, { extensions: { 'x-acme-run': 7 } })
        await child.result()
      },
      { lease_request, 'x-acme-outer': 1 },
      { agents: [probe] },
    )
    const [parent, child] = seen as [AgentContext, AgentContext]
    expect(child).toMatchObject({
      principal: 'ada',
      delegatedBy: [],
      traceId: parent.traceId,
      lease: {},
      extensions: { 'x-acme-run': 7 },
    })
  })
})
