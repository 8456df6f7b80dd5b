import type { Grant } from '../authority/grant'
import type { LeaseBounds } from '../authority/lease-bounds'
import type { Spending } from '../authority/spending'
import type { Job } from './job'

/** A job that hands out work, and what it may do itself. */
export interface Parent {
  readonly job: Job
  readonly grant: Grant
  readonly spending: Pick<Spending, 'tellMoved'>
}

/** What no child's lease exceeds. `docs/protocol.md` §8. */
export function boundsOfChildren({ grant }: Pick<Parent, 'grant'>): LeaseBounds {
  const { enforced, countdown, budget } = grant
  return {
    lease: enforced,
    isOfJob: true,
    endsAt: countdown?.endsAt,
    budget,
    ...(countdown && { countdown }),
  }
}
