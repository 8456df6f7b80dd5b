import { type Clock, formatTimestamp } from '@arcp/protocol'

/** The current time as it travels, written out once for all events of a millisecond. */
export function timestamps(clock: Clock): () => string {
  let at = Number.NaN
  let text = ''
  return () => {
    const now = clock.now()
    if (now !== at) {
      at = now
      text = formatTimestamp(now)
    }
    return text
  }
}
