/** How many bytes of UTF-8 a close frame has for its reason. */
const MAX_REASON_BYTES = 123

/** The longest beginning of `reason` that fits a close frame and splits no character. */
export function fitReason(reason: string): string {
  const { read } = new TextEncoder().encodeInto(reason, new Uint8Array(MAX_REASON_BYTES))
  return reason.slice(0, read)
}
