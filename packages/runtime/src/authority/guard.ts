import { type Lease, PermissionDeniedError } from '@arcp/protocol'
import { matchesGlob } from '@arcp/protocol/lease'

/** What a {@link Guard} needs. */
export interface GuardParts {
  readonly lease: Lease
  /** Told of each decision. */
  readonly onDecision: (namespace: string, target: string, code?: string) => void
}

/** Stands before every operation of a job: what the lease does not name does not happen. `docs/protocol.md` §7. */
export class Guard {
  readonly #parts: GuardParts

  constructor(parts: GuardParts) {
    this.#parts = parts
  }

  /** @throws PERMISSION_DENIED when the lease does not cover `target` */
  check(namespace: string, target: string): void {
    const { lease, onDecision } = this.#parts
    const patterns = Object.hasOwn(lease, namespace) ? (lease[namespace] ?? []) : []
    if (patterns.some((pattern) => matchesGlob(pattern, target))) {
      onDecision(namespace, target)
      return
    }
    onDecision(namespace, target, 'PERMISSION_DENIED')
    throw new PermissionDeniedError(`the lease does not grant ${namespace} for ${JSON.stringify(target)}`, {
      details: { namespace, target },
    })
  }
}
