import { ConnectionError } from '@arcp/protocol'
import type { Address } from './address'

/** The error of an attempt that failed: where to, why, and what most likely helps. */
export function dialFailure(address: Address, why: string, cause?: unknown): ConnectionError {
  return new ConnectionError(`cannot connect to ${address.shown}: ${why}`, { url: address.shown, cause })
}

export function timedOut(address: Address, ms: number): ConnectionError {
  return dialFailure(address, `no answer within ${ms} ms; is the runtime there?`)
}
