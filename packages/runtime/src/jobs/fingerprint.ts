import { createHash } from 'node:crypto'
import { InvalidRequestError, type JobSubmit } from '@arcp/protocol'
import canonicalize from 'canonicalize'

/**
 * What makes two submits the same request: what was asked, without what names, traces or extends it; the digest of its
 * canonical form (RFC 8785). `docs/protocol.md` §3.
 *
 * @throws INVALID_REQUEST for what has no such form
 */
export function fingerprintOf({
  agent,
  input,
  lease_request,
  lease_constraints,
  max_runtime_sec,
}: JobSubmit): string {
  const asked = {
    agent,
    input: input ?? null,
    lease_request: lease_request ?? {},
    lease_constraints: lease_constraints ?? {},
    max_runtime_sec: max_runtime_sec ?? null,
  }
  try {
    return createHash('sha256')
      .update(canonicalize(asked) ?? '')
      .digest('base64')
  } catch (cause) {
    throw new InvalidRequestError('input: has no canonical form, so it cannot be submitted under a key', {
      cause,
    })
  }
}
