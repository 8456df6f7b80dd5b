import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  type AgentContract,
  type AgentInput,
  type AgentParsedInput,
  type AgentResult,
  type AgentReturn,
  agent,
} from './contract'

/** A schema whose input, and what it makes of it, differ. */
const seconds = v.pipe(
  v.string(),
  v.transform((text) => Number(text)),
)

const timed = agent({
  name: 'timed',
  version: '1.0.0',
  input: v.object({ wait: seconds, label: v.optional(v.string(), 'none') }),
  output: v.object({ took: seconds }),
})
const writer = agent({ name: 'writer', version: '1', input: v.object({ topic: v.string() }), output: 'text' })
const encoder = agent({ name: 'encoder', version: '1', output: 'bytes' })
const echo = agent({ name: 'echo', version: '1.0.0' })

/** Stands for how a runtime binds a contract to its function. */
function implement<Contract extends AgentContract>(
  contract: Contract,
  run: (input: AgentParsedInput<Contract>) => Promise<AgentReturn<Contract>> | AgentReturn<Contract>,
): Contract {
  void run
  return contract
}

describe('agent', () => {
  it('keeps the definition and adds its reference', () => {
    const input = v.object({ dir: v.string() })
    const contract = agent({ name: 'report', version: '1.0.0-rc.1+7', description: 'Counts.', input })
    expect(contract).toEqual({
      name: 'report',
      version: '1.0.0-rc.1+7',
      description: 'Counts.',
      input,
      reference: 'report@1.0.0-rc.1+7',
    })
  })

  it.each(['', 'Report', '-report', 'a b', 'a@1', 'ä', '__proto__', 'a\n'])('refuses the name %j', (name) => {
    expect(() => agent({ name, version: '1' })).toThrow(TypeError)
  })

  it.each(['', '1 0', '1@2', 'v1/2', '1\n'])('refuses the version %j', (version) => {
    expect(() => agent({ name: 'a', version })).toThrow(TypeError)
  })
})

describe('the types of a contract', () => {
  it('tell what a client passes from what the agent receives', () => {
    expectTypeOf<AgentInput<typeof timed>>().toEqualTypeOf<{ wait: string; label?: string | undefined }>()
    expectTypeOf<AgentParsedInput<typeof timed>>().toEqualTypeOf<{ wait: number; label: string }>()
  })

  it('tell what the agent returns from what a client gets', () => {
    expectTypeOf<AgentReturn<typeof timed>>().toEqualTypeOf<{ took: string }>()
    expectTypeOf<AgentResult<typeof timed>>().toEqualTypeOf<{ took: number }>()
  })

  it('let an agent that streams text return nothing, and give the client all of it', () => {
    expectTypeOf<AgentReturn<typeof writer>>().toEqualTypeOf<string | ReturnType<() => void>>()
    expectTypeOf<AgentResult<typeof writer>>().toEqualTypeOf<string>()
    implement(writer, async (input) => {
      expectTypeOf(input).toEqualTypeOf<{ topic: string }>()
    })
    implement(writer, async ({ topic }) => topic)
    implement(writer, () => undefined)
  })

  it('give bytes for bytes', () => {
    expectTypeOf<AgentReturn<typeof encoder>>().toEqualTypeOf<Uint8Array | ReturnType<() => void>>()
    expectTypeOf<AgentResult<typeof encoder>>().toEqualTypeOf<Uint8Array>()
    expectTypeOf<AgentInput<typeof encoder>>().toEqualTypeOf<unknown>()
  })

  it('are unknown where there are no schemas, and for any agent', () => {
    expectTypeOf<AgentInput<typeof echo>>().toEqualTypeOf<unknown>()
    expectTypeOf<AgentParsedInput<typeof echo>>().toEqualTypeOf<unknown>()
    expectTypeOf<AgentReturn<typeof echo>>().toEqualTypeOf<unknown>()
    expectTypeOf<AgentResult<typeof echo>>().toEqualTypeOf<unknown>()
    expectTypeOf<AgentInput<'echo'>>().toEqualTypeOf<unknown>()
  })

  it('fit one list, whatever their schemas', () => {
    const all: AgentContract[] = [timed, writer, encoder, echo]
    expect(all.map(({ reference }) => reference)).toEqual([
      'timed@1.0.0',
      'writer@1',
      'encoder@1',
      'echo@1.0.0',
    ])
  })

  it('refuse an agent that returns something else', () => {
    // @ts-expect-error a number is no text
    implement(writer, async () => 5)
    // @ts-expect-error `took` is missing
    implement(timed, async () => ({}))
  })
})
