import { type ArcpError, InternalError } from '@arcp/protocol'

/** What a request is refused with at a limit: it may be repeated later. `docs/protocol.md` §9. */
export function limitReached(reason: string, limit: number, retryAfterMs = 1_000): ArcpError {
  return new InternalError(`a limit is reached: ${reason}`, {
    details: { reason, limit, retry_after_ms: Math.ceil(retryAfterMs) },
  })
}
