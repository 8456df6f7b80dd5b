import type {
  CredentialProvisioner,
  CredentialRequest,
  IssuedCredential,
} from '../authority/credentials/provisioner'

/** A provisioner that remembers what it was asked for. */
export interface KeyDesk extends CredentialProvisioner {
  readonly requests: readonly CredentialRequest[]
  /** What has been made and not been revoked, by id. */
  readonly live: ReadonlyMap<string, IssuedCredential>
  /** The ids it was told to revoke, as often as it was told. */
  readonly revocations: readonly string[]
}

/** What of it a test does itself: before something is made, or revoked. What that throws is thrown. */
export interface KeyDeskOrders {
  readonly beforeIssue?: (request: CredentialRequest) => void | Promise<void>
  readonly beforeRevoke?: (id: string, signal: AbortSignal) => void | Promise<void>
  /** What is made. Default: a value of its own, `KEY-` and a number. */
  readonly issue?: (request: CredentialRequest) => IssuedCredential | undefined
}

export function keyDesk(name = 'keys', orders: KeyDeskOrders = {}): KeyDesk {
  const requests: CredentialRequest[] = []
  const revocations: string[] = []
  const live = new Map<string, IssuedCredential>()
  const make = () => ({ value: `KEY-${name}-${requests.length}`, endpoint: `https://${name}.test/v1` })
  return {
    name,
    requests,
    revocations,
    live,
    async issue(request) {
      requests.push(request)
      await orders.beforeIssue?.(request)
      const issued = orders.issue ? orders.issue(request) : make()
      if (issued) live.set(request.id, issued)
      return issued
    },
    async revoke(id, signal) {
      revocations.push(id)
      await orders.beforeRevoke?.(id, signal)
      live.delete(id)
    },
  }
}
