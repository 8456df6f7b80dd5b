import { type Client, connect } from '@arcp/client'
import { webSocket } from '@arcp/transport-ws'

export function join(url: string): Promise<Client> {
  return connect(webSocket(url), { token: 'demo-token' })
}
