import type { UsedTokens } from '../authority/delegation/used-tokens'
import type { Delegation } from '../authority/delegation/verify'
import type { Session } from './session'

/** From now on a session may do what this token says, which belongs to it. `docs/protocol.md` §8. */
export function bindToken(
  session: Session,
  { mandate, singleUse }: Delegation,
  usedTokens: UsedTokens,
): void {
  const { leaseBounds: bounds } = mandate
  session.delegated ??= { mandate, holder: { sessionId: session.id, heard: session.heard } }
  const budget = usedTokens.bind(singleUse, session.delegated.holder, bounds?.budget)
  session.delegated.mandate = bounds && budget ? { ...mandate, leaseBounds: { ...bounds, budget } } : mandate
}
