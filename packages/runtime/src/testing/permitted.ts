import { InvalidRequestError, type Lease } from '@arcp/protocol'
import { Guard } from '../authority/guard'
import { Permit } from '../authority/operations/permit'

/** What a job with a lease may do, and what came of it. */
export interface Permitted {
  readonly permit: Permit
  /** Namespace, target and code of each decision. */
  readonly decisions: readonly (string | undefined)[][]
  /** What the stream was told. */
  readonly events: readonly { readonly type: string; readonly body: Record<string, unknown> }[]
  /** The job has its terminal. */
  end(): void
  /** The currency that is used up. */
  exhausted: string | undefined
}

/** A permit over a real guard, without a job. */
export function permitted(lease: Lease): Permitted {
  const decisions: (string | undefined)[][] = []
  const events: { type: string; body: Record<string, unknown> }[] = []
  let calls = 0
  let isOver = false
  const state: Permitted = {
    decisions,
    events,
    exhausted: undefined,
    end() {
      isOver = true
    },
    permit: new Permit({
      guard: new Guard({
        lease,
        budget: {
          get exhausted() {
            return state.exhausted
          },
        },
        onDecision: (...decision) => void decisions.push(decision),
        isOver: () => isOver,
      }),
      emitter: {
        emit: async (type, body) => {
          if (isOver) throw new InvalidRequestError('the job has ended')
          events.push({ type, body: { ...body } })
        },
      },
      callIds: () => `call_${++calls}`,
    }),
  }
  return state
}
