import type { Mutant } from './mutant'

/** Who is sent how much, what is held, and who waits. */
export const FLOW_MUTANTS: readonly Mutant[] = [
  {
    what: 'a pump that stays held back',
    module: 'session/pump',
    part: 'SessionPump.drained',
    instead: () => {},
  },
  {
    what: 'credit that is not looked at',
    module: 'session/credit',
    part: 'Credit.allows',
    instead: () => true,
  },
  {
    what: 'credit that counts events only',
    module: 'session/credit',
    part: 'Credit.spend',
    instead: (call) => call(0),
  },
  {
    what: 'credit that is never given back',
    module: 'session/pump',
    part: 'SessionPump.acknowledged',
    instead: () => {},
  },
  {
    what: 'a client that is waited for without end',
    module: 'session/patience',
    part: 'Patience.begin',
    instead: () => {},
  },
  {
    what: 'an acknowledgement that reaches one too far',
    module: 'session/numbering',
    part: 'Numbering.acknowledge',
    instead(call, [eventSeq, taken]) {
      return call(eventSeq, (owner: unknown, seq: number) => (taken as Taken)(owner, seq + 1))
    },
  },
  {
    what: 'a log that lets go of what its owner has not acknowledged',
    module: 'jobs/log',
    part: 'JobLog.release',
    instead: (call) => call(Number.POSITIVE_INFINITY),
  },
  {
    what: 'a log that lets go of nothing',
    module: 'jobs/log',
    part: 'JobLog.release',
    instead: () => {},
  },
  {
    what: 'a place that is not held',
    module: 'session/session',
    part: 'Session.leave',
    instead: (call, [jobId]) => call(jobId, { hold: false }),
  },
  {
    what: 'a session that is parked as if its client had everything',
    module: 'session/cursor',
    part: 'Cursor.hold',
    instead: () => {},
  },
  {
    what: 'an agent that never waits for a full log',
    module: 'jobs/log',
    part: 'JobLog.whenRoom',
    instead: () => Promise.resolve(),
  },
  {
    what: 'back pressure that is told twice',
    module: 'jobs/emitter',
    part: 'Emitter.append',
    instead(call, args) {
      const [, body] = args as readonly [string, { readonly phase?: string }]
      if (body.phase === 'back_pressure') call(...args)
      call(...args)
    },
  },
  {
    what: 'back pressure that nobody is told of',
    module: 'jobs/emitter',
    part: 'Emitter.append',
    instead(call, args) {
      const [, body] = args as readonly [string, { readonly phase?: string }]
      if (body.phase !== 'back_pressure') call(...args)
    },
  },
  {
    what: 'a result whose pieces get mixed up',
    module: 'jobs/result-writer',
    part: 'ResultWriter.writeText',
    instead: (call, [text, ...more]) => call([...(text as string)].reverse().join(''), ...more),
  },
]

/** What is told how far an acknowledgement reaches in a log. */
type Taken = (owner: unknown, seq: number) => void
