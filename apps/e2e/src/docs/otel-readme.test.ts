import { agent } from '@arcp/protocol'
import { memoryDialer } from '@arcp/protocol/transport'
import { implement } from '@arcp/runtime'
import { context, trace } from '@opentelemetry/api'
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-base'
import { expect, it } from 'vitest'
import { record } from './examples/recording'
import { tracedClient, tracedRuntime } from './examples/tracing'
import { codeBlocks } from './markdown'
import { read } from './repository'

it('shows in the README of otel the code that is run here, and no other', () => {
  const blocks = codeBlocks(read('packages/otel/README.md'), 'ts')
  expect(blocks).toEqual(
    ['tracing', 'recording'].map((name) => read(`apps/e2e/src/docs/examples/${name}.ts`)),
  )
})

it('records a job as the README does', async () => {
  const exporter = new InMemorySpanExporter()
  const provider = record(exporter)
  try {
    const echo = implement(agent({ name: 'echo', version: '1.0.0' }), (input) => {
      trace.getTracer('agent').startSpan('own').end()
      return input
    })
    const runtime = tracedRuntime([echo])
    const client = await tracedClient(memoryDialer(runtime))
    expect(await (await client.submit('echo', 7)).result()).toBe(7)
    await client.close()
    await runtime.close()
    await provider.forceFlush()
    const names = exporter.getFinishedSpans().map(({ name }) => name)
    expect(names.sort()).toEqual(['arcp.job.started', 'invoke_agent echo', 'job echo', 'own', 'submit echo'])
  } finally {
    trace.disable()
    context.disable()
    await provider.shutdown()
  }
})
