import { connect } from '@arcp/client'
import { compat } from '@arcp/compat'
import { webSocket } from '@arcp/transport-ws'

export const connectAnywhere = (url: string) => connect(compat(webSocket(url)), { token: 'demo-token' })
