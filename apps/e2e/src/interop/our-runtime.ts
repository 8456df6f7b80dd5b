import { agent, PermissionDeniedError } from '@arcp/protocol'
import { type AgentContext, createRuntime, implement, type RuntimeOptions, staticTokens } from '@arcp/runtime'
import type { Link, ServedLink } from './links'
import { Puppets } from './puppets'

/** A runtime with agents that peers may try everything on. */
export function agentsOfAllKinds(options: Partial<RuntimeOptions> = {}) {
  const puppets = new Puppets<AgentContext>()
  const runtime = createRuntime({
    name: 'ours',
    version: '1.0.0',
    auth: staticTokens({ 'test-token': 'ada', bobs: 'bob' }),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    agents: [
      implement(agent({ name: 'echo', version: '1.0.0' }), (input) => input),
      implement(agent({ name: 'echo', version: '2.0.0' }), (input) => input),
      implement(agent({ name: 'every', version: '1.0.0' }), everyKind),
      implement(agent({ name: 'stream', version: '1.0.0', output: 'bytes' }), (input, ctx) =>
        stream(input as StreamInput, ctx),
      ),
      implement(agent({ name: 'refuse', version: '1.0.0' }), () => {
        throw new PermissionDeniedError('not you')
      }),
      implement(agent({ name: 'puppet', version: '1.0.0' }), (input, ctx) => puppets.run(String(input), ctx)),
    ],
    ...options,
  })
  return { runtime, puppets }
}

/** Such a runtime, for peers of the draft too, that they can reach. */
export interface OurRuntime extends AsyncDisposable {
  readonly target: ServedLink['target']
  readonly puppets: Puppets<AgentContext>
}

export async function ourRuntime(link: Link, options: Partial<RuntimeOptions> = {}): Promise<OurRuntime> {
  const { maxFrameBytes } = link
  const { runtime, puppets } = agentsOfAllKinds({ limits: { maxFrameBytes }, ...options })
  const served = await link.serve(runtime)
  return {
    target: served.target,
    puppets,
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]()
      await runtime.close()
    },
  }
}

async function everyKind(_: unknown, ctx: AgentContext): Promise<string> {
  await ctx.log({ level: 'info', message: 'a line', attributes: { n: 1 } })
  await ctx.progress({ current: 1, total: 2, units: 'steps', message: 'half' })
  await ctx.thought({ text: 'hm' })
  await ctx.status({ phase: 'thinking', message: 'hard' })
  await ctx.tool('grep', { for: 'x' }, () => ['x'])
  await ctx.metric({ name: 'files', value: 2, unit: 'count', dimensions: { kind: 'ts' } })
  await ctx.artifact({ uri: 'file:///a', content_type: 'text/plain', byte_size: 3 })
  await ctx.emit('x-vendor.acme.note', { any: ['json'] })
  return 'done'
}

interface StreamInput {
  readonly parts: readonly string[]
}

async function stream({ parts }: StreamInput, ctx: AgentContext): Promise<never> {
  const writer = ctx.resultStream().getWriter()
  for (const part of parts) await writer.write(Buffer.from(part))
  await writer.close()
  return undefined as never
}
