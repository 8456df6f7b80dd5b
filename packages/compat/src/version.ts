import { PROTOCOL_VERSION } from '@arcp/protocol'
import { isObject } from './json'

/** What clients name that speak an earlier release of the draft, which is this one but for that. */
export const EARLIER_VERSION = '1'

/** A frame of the earlier version as one of this; any other as it is, and one that nests too deep to be written again. */
export function asCurrent(text: string): string {
  try {
    const frame: unknown = JSON.parse(text)
    const isEarlier = isObject(frame) && frame.arcp === EARLIER_VERSION
    return isEarlier ? JSON.stringify({ ...frame, arcp: PROTOCOL_VERSION }) : text
  } catch {
    return text
  }
}
