import { connect } from '@arcp/client'
import { webSocket } from '@arcp/transport-ws'

/** Hellos that are under way at once. */
const AT_ONCE = 50

/** Opens sessions, as many as it is told, says so, and does nothing more with them. */
async function main(): Promise<void> {
  const [, , url = '', count = ''] = process.argv
  const dialer = webSocket(url)
  for (let left = Number(count); left > 0; left -= AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, left) }, () => connect(dialer, { token: 't' }))
    await Promise.all(batch)
  }
  process.send?.('open')
}

void main()
