import { type Client, connect } from '@arcp/client'
import { otel } from '@arcp/otel'
import type { Dialer } from '@arcp/protocol/transport'
import { createRuntime, type Implementation, type Runtime, staticTokens } from '@arcp/runtime'

export function tracedRuntime(agents: readonly Implementation[]): Runtime {
  const auth = staticTokens({ 'demo-token': 'ada@example.com' })
  return createRuntime({ name: 'my-service', version: '1.0.0', auth, agents, observe: otel() })
}

export function tracedClient(dialer: Dialer): Promise<Client> {
  return connect(dialer, { token: 'demo-token', observe: otel() })
}
