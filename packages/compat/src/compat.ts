import { systemClock, systemRandom } from '@arcp/protocol'
import type { Acceptor, Dialer, Transport } from '@arcp/protocol/transport'
import { clientRules } from './client-rules'
import { clientSide } from './client-side/dialer'
import { type CompatOptions, resolveOptions } from './options'
import { runtimeRules } from './runtime-rules'
import { runtimeSide } from './runtime-side/transport'

export type { CompatOptions }

/**
 * What a listener needs of a runtime, for peers of the public draft too: frames of theirs are translated, those of
 * others pass untouched. `docs/protocol.md` §13.
 *
 * @throws TypeError for a limit that is no positive integer, and for an option there is none of
 */
export function compat(acceptor: Acceptor, options?: CompatOptions): Acceptor
/** A dialer that reaches runtimes of the public draft too. `docs/protocol.md` §13. */
export function compat(dialer: Dialer, options?: CompatOptions): Dialer
/** A runtime's end of one transport, for a peer of the public draft too. `docs/protocol.md` §13. */
export function compat(transport: Transport, options?: CompatOptions): Transport
export function compat(
  target: Acceptor | Dialer | Transport,
  options: CompatOptions = {},
): Acceptor | Dialer | Transport {
  const limits = resolveOptions(options)
  const common = { limits, clock: systemClock, random: systemRandom }
  if ('open' in target) return clientSide(target, { rules: clientRules, ...common })
  const parts = { rules: runtimeRules, ...common }
  if ('start' in target) return runtimeSide(target, parts)
  return {
    maxFrameBytes: target.maxFrameBytes,
    accept: (transport, peer) => target.accept(runtimeSide(transport, parts), peer),
  }
}
