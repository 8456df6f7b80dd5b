import { PermissionDeniedError } from '@arcp/protocol'
import type { CredentialProvisioner } from '@arcp/runtime'

/** A service's own way to make keys, and to take them back by the name they were made under. */
export interface KeyService {
  readonly url: string
  make(name: string, paths: readonly string[], untilMs: number | undefined): Promise<string>
  remove(name: string): Promise<void>
}

export function bucketKeys(service: KeyService): CredentialProvisioner {
  return {
    name: 'bucket-keys',
    async issue({ id, lease, leaseConstraints, scope }) {
      const paths = lease['x-acme.bucket']
      if (!paths) return undefined
      if (scope.chain.length > 0) throw new PermissionDeniedError('buckets are for principals themselves')
      const end = leaseConstraints?.expires_at
      const value = await service.make(id, paths, end === undefined ? undefined : Date.parse(end))
      return { value, endpoint: service.url, profile: 'acme-bucket', constraints: { paths } }
    },
    revoke: (id) => service.remove(id),
  }
}
