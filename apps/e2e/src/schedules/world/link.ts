import { memoryPair, type Transport } from '@arcp/protocol/transport'
import type { Runtime } from '@arcp/runtime'
import { type FaultyTransport, faultyTransport, type TestClock } from '@arcp/testkit'
import type { Ledger } from '../model/ledger'
import { LinkJudge } from '../model/link-judge'
import type { LinkFaults } from '../step'
import { tap } from './tap'

/** A way to the runtime, all of whose frames are judged. */
export interface Link {
  /** The client's end. */
  readonly near: Transport
  /** The runtime's end, as it fails. */
  readonly far: FaultyTransport
  readonly judge: LinkJudge
}

/** What a {@link Link} is opened with. */
export interface LinkParts {
  readonly name: string
  /** Who is to speak on it. */
  readonly principal: string
  readonly faults: LinkFaults
  readonly runtime: Runtime
  readonly clock: TestClock
  readonly ledger: Ledger
  /** Told what the runtime is lent. */
  readonly lend: (transport: Transport) => void
}

/** Opens a link that fails as `faults` say; nothing has been said on it. */
export function openLink({ name, principal, faults, runtime, clock, ledger, lend }: LinkParts): Link {
  const judge = new LinkJudge(name, principal, ledger)
  const [near, inner] = memoryPair({ maxFrameBytes: runtime.maxFrameBytes })
  const { repeatEach, loseEach, delayMs, ...cuts } = faults
  const far = faultyTransport(inner, {
    clock,
    outgoing: { ...cuts, ...late(delayMs), ...copies(loseEach, 0) },
    incoming: { ...late(delayMs), ...copies(repeatEach, 2) },
  })
  const transport = tap(far, judge, (line) => ledger.note(line))
  lend(transport)
  runtime.accept(transport, { transport: 'memory', remoteAddress: name })
  return { near, far, judge }
}

function late(delayMs: number | undefined): { delayMs?: number } {
  return delayMs === undefined ? {} : { delayMs }
}

function copies(
  each: number | undefined,
  times: number,
): { copies?: (frame: string, index: number) => number } {
  if (each === undefined) return {}
  return { copies: (_, index) => (index > 0 && index % each === 0 ? times : 1) }
}
