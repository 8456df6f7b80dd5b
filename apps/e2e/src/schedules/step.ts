/**
 * What happens in a schedule: plain data, so that it can be printed, cut short and run again. Numbers that stand for a
 * link, a session or a job are taken modulo how many there are then; a step with none to act on does nothing.
 */
export type Action =
  | {
      readonly type: 'connect'
      readonly who: number
      readonly heartbeat: boolean
      /** Whether acknowledgements are agreed, and after how many events one comes by itself; 0: only as a step of its own. */
      readonly acks?: number
      readonly faults: LinkFaults
    }
  | {
      readonly type: 'submit'
      readonly link: number
      readonly key?: number
      readonly variant: number
      /** Whether its agent is the one with a bound of its own. */
      readonly bounded: boolean
      /** Whether the agent stops when it is told to. */
      readonly obeys: boolean
    }
  /** The client sends one of its submits again, unchanged. */
  | { readonly type: 'repeat'; readonly link: number; readonly which: number }
  | { readonly type: 'emit'; readonly job: number; readonly count: number; readonly awaited: boolean }
  /** The agent writes pieces of its result, of this many characters and a few more. */
  | { readonly type: 'stream'; readonly job: number; readonly pieces: number; readonly length: number }
  | { readonly type: 'end'; readonly job: number; readonly how: 'returns' | 'throws' }
  | { readonly type: 'drop'; readonly link: number; readonly how: 'closes' | 'cuts' | 'stalls' }
  | { readonly type: 'bye'; readonly link: number }
  | {
      readonly type: 'resume'
      readonly session: number
      readonly stranger: boolean
      readonly token: 'latest' | 'one before' | 'first' | 'wrong'
      readonly cursors: 'none' | 'honest' | 'behind' | 'above' | 'of others' | 'of another history'
      readonly last: 'honest' | 'behind' | 'above'
      /** Whether what has not been answered is sent again. */
      readonly resend: boolean
      readonly faults: LinkFaults
    }
  | {
      readonly type: 'take up'
      readonly link: number
      readonly job: number
      readonly token: 'right' | 'garbled' | 'of a session'
      readonly after: After
      readonly from: 'absent' | 'former' | 'other'
    }
  | {
      readonly type: 'subscribe'
      readonly link: number
      readonly job: number
      readonly after: After
      readonly otherHistory: boolean
    }
  | { readonly type: 'unsubscribe'; readonly link: number; readonly job: number; readonly hold: boolean }
  | { readonly type: 'acknowledge'; readonly link: number; readonly upTo: 'last' | 'above' | 'less' }
  | { readonly type: 'cancel'; readonly link: number; readonly job: number }
  | { readonly type: 'ping'; readonly link: number }
  | {
      readonly type: 'start an app'
      readonly who: number
      /** Who acknowledges. */
      readonly acknowledges: 'auto' | 'manual'
      /** Events and bytes of a job that it lets wait until somebody reads them. */
      readonly unread: { readonly events: number; readonly bytes: number }
      readonly faults: LinkFaults
    }
  | {
      readonly type: 'app submits'
      readonly app: number
      readonly key?: number
      readonly variant: number
      readonly bounded: boolean
      readonly obeys: boolean
      /** Whether somebody begins to read as soon as it is accepted. */
      readonly reads: boolean
    }
  | {
      readonly type: 'app follows'
      readonly app: number
      readonly job: number
      readonly how: 'watches' | 'takes up'
      readonly after: 'absent' | 'zero'
    }
  | {
      readonly type: 'app reads'
      readonly app: number
      readonly reader: number
      readonly how: 'events' | 'result' | 'stream' | 'leaves'
      readonly count: number
    }
  | { readonly type: 'app acknowledges'; readonly app: number }
  | { readonly type: 'app drops'; readonly app: number; readonly how: 'cuts' | 'stalls' }
  | { readonly type: 'app leaves'; readonly app: number }
  | { readonly type: 'pass'; readonly ms: number }
  | {
      readonly type: 'store'
      readonly how: 'late' | 'fails' | 'loses confirmations' | 'hangs' | 'heals'
      /** Milliseconds, or how often. */
      readonly amount: number
    }

/** From where a client wants a job's events. */
export type After = 'absent' | 'zero' | 'seen' | 'above'

/** What goes wrong on a link by itself; nothing, if left out. */
export interface LinkFaults {
  readonly cutAfterFrames?: number
  readonly cutAfterBytes?: number
  readonly stallAfterFrames?: number
  readonly delayMs?: number
  /** Each frame of this index and its multiples arrives twice at the runtime. */
  readonly repeatEach?: number
  /** Each frame of this index and its multiples never arrives at the client. */
  readonly loseEach?: number
}

/** How far everything else may go before the next step. */
export type Turn = 'none' | 'microtask' | 'macrotask' | 'rest'

export interface Step {
  readonly action: Action
  readonly turn: Turn
}

/** What holds for all of a schedule. */
export interface Setting {
  /** Bytes a transport may hold back before a session's events wait. */
  readonly sendBufferBytes: number
  /** Events a log holds before its agent has to wait. */
  readonly logEvents: number
  /** The same in UTF-16 code units. */
  readonly logSize: number
  /** Who is waited for then. */
  readonly whenLogFull: 'wait-for-owner' | 'wait' | 'let-go'
  /** How far a session is ahead of its client's acknowledgements at most, if those are agreed. */
  readonly window: { readonly events: number; readonly bytes: number }
  /** How many jobs may run at the same time: of all, of a principal, of the agent that has a bound of its own. */
  readonly running: { readonly all: number; readonly perPrincipal: number; readonly ofAgent: number }
  /** How many may wait: of all, of a principal. */
  readonly queued: { readonly all: number; readonly perPrincipal: number }
  /** How long an ended job is kept, and a key at least, in milliseconds. */
  readonly endedJobMs: number
  readonly idempotencyKeyMs: number
  /** How long the verifier takes, in milliseconds. */
  readonly authMs: number
  /** How long a token of a hello holds, in milliseconds. */
  readonly tokenMs: number | undefined
  /** Whether it ends by closing the runtime in full swing, or by letting everything come to its end first. */
  readonly ending: 'drained' | 'closed'
}

export interface Schedule {
  readonly seed: number
  readonly setting: Setting
  readonly steps: readonly Step[]
}
