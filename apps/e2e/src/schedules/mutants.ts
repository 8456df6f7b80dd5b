/** A part of the runtime that has gone wrong in one way. */
export interface Mutant {
  readonly what: string
  /** The module of the runtime, from its `src`. */
  readonly module: string
  /** An exported function, or the method of an exported class. */
  readonly part: string
  /** What happens instead of a call; `call` is the part as it was. */
  readonly instead: (
    call: (...args: readonly unknown[]) => unknown,
    args: readonly unknown[],
    self: Self,
  ) => unknown
}

/** Whose method was called. */
type Self = Record<string, (...args: readonly unknown[]) => unknown>

export const MUTANTS: readonly Mutant[] = [
  {
    what: 'numbering that skips one',
    module: 'session/numbering',
    part: 'Numbering.next',
    instead(call, args) {
      const number = call(...args) as number
      return number < 5 ? number : number + 1
    },
  },
  {
    what: 'a resume that forgets to rotate the token',
    module: 'session/tokens',
    part: 'SessionTokens.issue',
    instead(call, _, self) {
      const known = issued.get(self) ?? call()
      issued.set(self, known)
      return known
    },
  },
  {
    what: 'a token that is never confirmed',
    module: 'session/tokens',
    part: 'SessionTokens.confirm',
    instead: () => {},
  },
  {
    what: 'a pump that runs ahead of what is durable',
    module: 'jobs/log',
    part: 'JobLog.append',
    instead(call, args, self) {
      const [{ seq }] = args as readonly [{ readonly seq: number }]
      call(...args)
      self.confirm?.(seq)
    },
  },
  {
    what: 'a takeover that leaves the old transport attached',
    module: 'session/connection',
    part: 'Connection.end',
    instead: (call, args) => (args[0] === 'taken_over' ? undefined : call(...args)),
  },
  {
    what: 'a cursor that starts one late',
    module: 'jobs/follow-point',
    part: 'followPoint',
    instead: (call, args) => (call(...args) as number) + 1,
  },
  {
    what: 'a replay that starts one late',
    module: 'session/numbering',
    part: 'Numbering.runsAfter',
    instead: (call, [last]) => call((last as number) + 1),
  },
  {
    what: 'numbers that begin anew with each resume',
    module: 'session/numbering',
    part: 'Numbering.restart',
    instead: (call) => call(0),
  },
  {
    what: 'a terminal that is appended twice',
    module: 'jobs/emitter',
    part: 'Emitter.finish',
    instead(call, args, self) {
      self.append?.(...args)
      call(...args)
    },
  },
  {
    what: 'ownership that does not move',
    module: 'jobs/job-table',
    part: 'JobTable.giveTo',
    instead(call, args) {
      const [{ owner }, to] = args as readonly [{ readonly owner?: string }, string | undefined]
      return owner !== undefined && to !== undefined && owner !== to ? undefined : call(...args)
    },
  },
  {
    what: 'a submit sent again that makes a second job',
    module: 'session/recent-submits',
    part: 'RecentSubmits.get',
    instead: () => undefined,
  },
  {
    what: 'a key that makes a job each time',
    module: 'jobs/idempotency',
    part: 'IdempotencyIndex.once',
    instead: async (_, args) => ({ job: await (args[2] as () => Promise<unknown>)(), repeated: false }),
  },
  {
    what: 'a job that anyone may know of',
    module: 'jobs/scope',
    part: 'sees',
    instead: () => true,
  },
  {
    what: 'a session that anyone may resume',
    module: 'jobs/scope',
    part: 'sameScope',
    instead: () => true,
  },
  {
    what: 'a session whose window never closes',
    module: 'long-timer',
    part: 'longTimer',
    instead: () => ({ cancel() {} }),
  },
  {
    what: 'a pump that stays held back',
    module: 'session/pump',
    part: 'SessionPump.drained',
    instead: () => {},
  },
  {
    what: 'a resumed session that nothing wakes',
    module: 'session/session',
    part: 'Session.begin',
    instead: () => {},
  },
  {
    what: 'a session that is followed on after it left',
    module: 'session/session',
    part: 'Session.leave',
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
  {
    what: 'a queue that lets everybody run at once',
    module: 'scheduling/job-queue',
    part: 'JobQueue.enter',
    instead: () => ({ position: 0, onTurn: (run: () => void) => run(), leave() {} }),
  },
  {
    what: 'a queue that serves all principals as one',
    module: 'scheduling/job-queue',
    part: 'JobQueue.enter',
    instead: (call, [job]) => call({ ...(job as object), principal: 'all' }),
  },
  {
    what: 'a queue that knows no agents',
    module: 'scheduling/job-queue',
    part: 'JobQueue.enter',
    instead: (call, [job]) => call({ ...(job as object), agent: {} }),
  },
  {
    what: 'a queue that tells wrong places',
    module: 'scheduling/job-queue',
    part: 'JobQueue.enter',
    instead(call, args) {
      const place = call(...args) as { readonly position: number }
      return place.position > 1 ? { ...place, position: 1 } : place
    },
  },
  {
    what: 'a place that is not given back',
    module: 'scheduling/job-queue',
    part: 'JobQueue.enter',
    instead: (call, args) => ({ ...(call(...args) as object), leave() {} }),
  },
  {
    what: 'a key that is forgotten with its job',
    module: 'jobs/ended-jobs',
    part: 'EndedJobs.keep',
    instead: () => {},
  },
]

/** What is told how far an acknowledgement reaches in a log. */
type Taken = (owner: unknown, seq: number) => void

const issued = new WeakMap<object, unknown>()
