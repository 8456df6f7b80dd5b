import type { Mutant } from './mutant'

/** Sessions, their tokens, their numbers and what carries them. */
export const SESSION_MUTANTS: readonly Mutant[] = [
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
    what: 'a submit sent again that makes a second job',
    module: 'session/recent-submits',
    part: 'RecentSubmits.get',
    instead: () => undefined,
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
]

const issued = new WeakMap<object, unknown>()
