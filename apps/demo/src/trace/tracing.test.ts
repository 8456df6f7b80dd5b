import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import * as definitions from 'otlp-definitions/build/src/generated/root.js'
import { expect, test } from 'vitest'
import { createTerminal } from '../terminal/terminal'
import { createPipe } from '../testing/screen'
import { startTracing } from './tracing'

/** A span as the official definitions of OTLP have it. */
interface SentSpan {
  readonly name: string
  readonly traceId: Uint8Array
  readonly spanId: Uint8Array
  readonly parentSpanId: Uint8Array
}

interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: {
      readonly attributes: readonly {
        readonly key: string
        readonly value: { readonly stringValue?: string }
      }[]
    }
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[]
  }[]
}

const { ExportTraceServiceRequest } = (
  definitions as unknown as {
    opentelemetry: {
      proto: {
        collector: {
          trace: { v1: { ExportTraceServiceRequest: { decode(bytes: Uint8Array): ExportRequest } } }
        }
      }
    }
  }
).opentelemetry.proto.collector.trace.v1

/** A receiver of OTLP over HTTP, which answers with `status`. */
async function receiver(status = 200) {
  const spans: SentSpan[] = []
  const requests: string[] = []
  const services: (string | undefined)[] = []
  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    requests.push(`${request.method} ${request.url} ${request.headers['content-type']}`)
    for (const { resource, scopeSpans } of ExportTraceServiceRequest.decode(body).resourceSpans) {
      services.push(resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue)
      spans.push(...scopeSpans.flatMap((scope) => scope.spans))
    }
    response.writeHead(status, { 'content-type': 'application/x-protobuf' }).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    spans,
    requests,
    services,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** Records two spans and shows them; the exporter reads the process's own environment. */
async function showTwo(endpoint: string | undefined): Promise<string> {
  const env = endpoint === undefined ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }
  Object.assign(process.env, env)
  try {
    await using tracing = startTracing(env)
    const pipe = createPipe()
    await tracing.span('outer', () => tracing.span('inner', async () => {}))
    await tracing.show(createTerminal(pipe.stream, {}))
    return pipe.text()
  } finally {
    delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT
  }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

test('what was recorded is shown, and stays here where nobody says where to send it', async () => {
  const text = await showTwo(undefined)
  expect(text).toMatch(/\ntrace [0-9a-f]{32}\n└─ outer {2}[\d.]+ m?s\n {3}└─ inner {2}[\d.]+ m?s\n$/)
})

test('an OTLP endpoint gets it, in the form of the official definitions', async () => {
  await using otlp = await receiver()
  const text = await showTwo(otlp.endpoint)
  expect(text).toContain(`✔ Sent 2 spans to ${otlp.endpoint}.\n`)
  expect(otlp.requests).toEqual(['POST /v1/traces application/x-protobuf'])
  expect(otlp.services).toEqual(['arcp-demo'])
  const [inner, outer] = otlp.spans
  expect([inner?.name, outer?.name]).toEqual(['inner', 'outer'])
  if (!inner || !outer) return
  expect(text).toContain(`trace ${hex(outer.traceId)}\n`)
  expect([hex(inner.traceId), hex(inner.parentSpanId)]).toEqual([hex(outer.traceId), hex(outer.spanId)])
})

test('an endpoint that refuses is told of, and nothing else suffers', async () => {
  await using otlp = await receiver(400)
  const text = await showTwo(otlp.endpoint)
  expect(text).toContain('└─ outer')
  expect(text).toContain(`Could not send all spans to ${otlp.endpoint}: `)
})
