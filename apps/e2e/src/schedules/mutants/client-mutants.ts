import type { Mutant } from './mutant'

/** The client of this project. */
export const CLIENT_MUTANTS: readonly Mutant[] = [
  {
    what: 'a client that leaves a job whose reader is behind',
    of: 'client',
    module: 'requests/requests',
    part: 'Requests.ask',
    instead: (call, [call_]) => call(changed(call_, 'job.unsubscribe', ({ job_id }) => ({ job_id }))),
  },
  {
    what: 'a client that asks again from one too far',
    of: 'client',
    module: 'requests/requests',
    part: 'Requests.ask',
    instead(call, [call_]) {
      const later = (payload: AskedFor) => ({ ...payload, after_seq: (payload.after_seq ?? 0) + 1 })
      return call(changed(call_, 'job.subscribe', later))
    },
  },
  {
    what: 'a client that does not ask again',
    of: 'client',
    module: 'jobs/following',
    part: 'Following.catchUp',
    instead: () => {},
  },
  {
    what: 'a client that acknowledges nothing',
    of: 'client',
    module: 'connection/intake',
    part: 'Intake.acknowledge',
    instead: () => {},
  },
  {
    what: 'a reader that is given an event twice',
    of: 'client',
    module: 'jobs/event-queue',
    part: 'EventQueue.push',
    instead(call, args) {
      const [event] = args as readonly [{ readonly type: string }]
      if (event.type === 'job.log') call(...args)
      call(...args)
    },
  },
  {
    what: 'a result that is read one piece short',
    of: 'client',
    module: 'results/result-assembler',
    part: 'ResultAssembler.add',
    instead(call, args, self) {
      call(...args)
      const { held } = self as unknown as { readonly held: { readonly length: number; shift(): unknown } }
      if (held.length > 2) held.shift()
    },
  },
]

/** What a client asks for. */
interface AskedFor {
  readonly job_id?: string
  readonly after_seq?: number
}

/** A call whose payload is another one, if it is of this type. */
function changed(call: unknown, type: string, change: (payload: AskedFor) => AskedFor): unknown {
  const asked = call as { readonly type: string; readonly payload: AskedFor }
  return asked.type === type ? { ...asked, payload: change(asked.payload) } : asked
}
