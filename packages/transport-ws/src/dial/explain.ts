import type { Address } from './address'

/** What a failed TCP, TLS or HTTP exchange means for whoever dialled. */
export function explainError(address: Address, cause: unknown): string {
  const code = codeOf(cause)
  const secure = address.href.startsWith('wss:')
  switch (code) {
    case 'ECONNREFUSED':
      return `nothing listens there (${code}); is the runtime running, and is the port right?`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host name cannot be resolved (${code}); is it spelled right, and is there a network?`
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return `the host cannot be reached (${code}); is there a network, and does a firewall let the port through?`
    case 'ECONNRESET':
      return secure
        ? `the connection was cut during the handshake (${code}); does a WebSocket server listen there?`
        : `the connection was cut during the handshake (${code}); a server that speaks TLS needs wss://`
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return `TLS failed (${code}); a server that does not speak TLS needs ws://`
  }
  if (code?.startsWith('HPE_')) {
    return `what listens there does not speak HTTP (${code}); is the port right${secure ? '' : ', or does it need wss://'}?`
  }
  if (code && /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(code)) {
    return `its TLS certificate is not trusted (${code}); use the host name it is made out to, and add its issuer with NODE_EXTRA_CA_CERTS`
  }
  return messageOf(cause)
}

/** What an HTTP answer other than an upgrade means; `body` is its text, if it was plain. */
export function explainAnswer(status: number, location: string | undefined, body: string): string {
  const said = body ? `: ${body}` : ''
  if (status === 404) {
    return `no runtime at that path (404; the usual path is /arcp), or a proxy passes no upgrades on${said}`
  }
  if (status >= 300 && status < 400)
    return `redirected (${status}) to ${location ?? 'nowhere'}; dial that address instead`
  if (status === 200 || status === 400 || status === 426) {
    return `a web server answered ${status} instead of opening a WebSocket; is the path right (usually /arcp), and does a proxy pass upgrades on?${said}`
  }
  return `refused with ${status}${said}`
}

function codeOf(cause: unknown): string | undefined {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return undefined
  return typeof cause.code === 'string' ? cause.code : undefined
}

function messageOf(cause: unknown): string {
  return cause instanceof Error && cause.message ? cause.message : String(cause)
}
