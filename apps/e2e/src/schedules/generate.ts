import { type Chance, chanceOf } from './chance'
import type { Action, After, LinkFaults, Schedule, Setting, Step, Turn } from './step'

/** The schedule of a seed. */
export function generate(seed: number): Schedule {
  const chance = chanceOf(`schedule ${seed}`)
  const setting = settingOf(chance)
  const steps: Step[] = [
    { action: connect(chance), turn: 'rest' },
    { action: actions.submit(chance), turn: turnOf(chance) },
  ]
  const hasApps = chance.oneIn(2)
  if (hasApps) {
    steps.push({ action: actions['start an app'](chance), turn: 'rest' })
    steps.push({ action: actions['app submits'](chance), turn: 'rest' })
  }
  for (let left = 10 + chance.below(26); left > 0; left--) {
    const kind = chance.pick(hasApps && chance.oneIn(2) ? deckOfApps : deck)
    steps.push({ action: actions[kind](chance), turn: turnOf(chance) })
  }
  return { seed, setting, steps }
}

const HOUR_MS = 60 * 60_000

function settingOf(chance: Chance): Setting {
  const whenLogFull = chance.pick<Setting['whenLogFull']>([
    'wait-for-owner',
    'wait-for-owner',
    'wait-for-owner',
    'wait',
    'let-go',
  ])
  const waits = whenLogFull === 'wait'
  return {
    sendBufferBytes: chance.oneIn(3) ? 300 : 1024 * 1024,
    logEvents: chance.oneIn(3) ? 4 + chance.below(6) : 10_000,
    logSize: chance.oneIn(4) ? 4_096 : 32 * 1024 * 1024,
    whenLogFull,
    window: {
      events: chance.oneIn(2) ? 1 + chance.below(8) : 2_000,
      bytes: chance.oneIn(3) ? 100 + chance.below(1_500) : 4 * 1024 * 1024,
    },
    // An agent that waits for ever keeps its turn for ever.
    running: {
      all: !waits && chance.oneIn(3) ? 1 + chance.below(3) : 1_000,
      perPrincipal: !waits && chance.oneIn(3) ? 1 + chance.below(2) : 500,
      ofAgent: waits ? 500 : 1 + chance.below(2),
    },
    queued: {
      all: chance.oneIn(4) ? 1 + chance.below(4) : 40_000,
      perPrincipal: chance.oneIn(4) ? 1 + chance.below(3) : 10_000,
    },
    ...(chance.oneIn(3)
      ? { endedJobMs: 20_000, idempotencyKeyMs: 90_000 }
      : { endedJobMs: HOUR_MS, idempotencyKeyMs: 24 * HOUR_MS }),
    authMs: chance.oneIn(4) ? 3 : 0,
    tokenMs: chance.oneIn(8) ? 20_000 : undefined,
    ending: chance.oneIn(4) ? 'closed' : 'drained',
  }
}

function turnOf(chance: Chance): Turn {
  return chance.pick(['none', 'microtask', 'macrotask', 'rest', 'rest'])
}

const anyone = (chance: Chance) => chance.below(1_000)

const connect = (chance: Chance): Action => ({
  type: 'connect',
  who: chance.below(3),
  heartbeat: chance.oneIn(2),
  ...(chance.oneIn(2) ? { acks: chance.pick([0, 0, 1, 3, 9]) } : {}),
  faults: chance.oneIn(3) ? faultsOf(chance) : {},
})

const actions = {
  connect,
  submit: (chance: Chance): Action => ({
    type: 'submit',
    link: anyone(chance),
    ...(chance.oneIn(2) ? { key: chance.below(2) } : {}),
    variant: chance.below(4) === 0 ? 1 : 0,
    bounded: chance.oneIn(4),
    obeys: !chance.oneIn(3),
  }),
  repeat: (chance: Chance): Action => ({ type: 'repeat', link: anyone(chance), which: anyone(chance) }),
  emit: (chance: Chance): Action => ({
    type: 'emit',
    job: anyone(chance),
    count: chance.pick([1, 1, 2, 3, 5, 9, 9, 80]),
    awaited: chance.oneIn(2),
  }),
  stream: (chance: Chance): Action => ({
    type: 'stream',
    job: anyone(chance),
    pieces: 1 + chance.below(3),
    length: chance.pick([0, 0, 0, 1_000, 3_000, 70_000]),
  }),
  end: (chance: Chance): Action => ({
    type: 'end',
    job: anyone(chance),
    how: chance.oneIn(3) ? 'throws' : 'returns',
  }),
  drop: (chance: Chance): Action => ({
    type: 'drop',
    link: anyone(chance),
    how: chance.pick(['closes', 'cuts', 'stalls']),
  }),
  bye: (chance: Chance): Action => ({ type: 'bye', link: anyone(chance) }),
  resume: (chance: Chance): Action => ({
    type: 'resume',
    session: anyone(chance),
    stranger: chance.oneIn(12),
    token: chance.pick([
      'latest',
      'latest',
      'latest',
      'latest',
      'one before',
      'one before',
      'first',
      'wrong',
    ]),
    cursors: chance.pick([
      'none',
      'none',
      'none',
      'honest',
      'honest',
      'honest',
      'behind',
      'above',
      'of others',
      'of another history',
    ]),
    last: chance.oneIn(5) ? chance.pick(['behind', 'behind', 'above']) : 'honest',
    resend: !chance.oneIn(3),
    faults: chance.oneIn(3) ? faultsOf(chance) : {},
  }),
  'take up': (chance: Chance): Action => ({
    type: 'take up',
    link: anyone(chance),
    job: anyone(chance),
    token: chance.oneIn(8) ? chance.pick(['garbled', 'of a session']) : 'right',
    after: afterOf(chance),
    from: chance.pick(['absent', 'absent', 'former', 'other']),
  }),
  subscribe: (chance: Chance): Action => ({
    type: 'subscribe',
    link: anyone(chance),
    job: anyone(chance),
    after: afterOf(chance),
    otherHistory: chance.oneIn(12),
  }),
  unsubscribe: (chance: Chance): Action => ({
    type: 'unsubscribe',
    link: anyone(chance),
    job: anyone(chance),
    hold: chance.oneIn(2),
  }),
  acknowledge: (chance: Chance): Action => ({
    type: 'acknowledge',
    link: anyone(chance),
    upTo: chance.pick(['last', 'last', 'last', 'last', 'above', 'less', 'less']),
  }),
  cancel: (chance: Chance): Action => ({ type: 'cancel', link: anyone(chance), job: anyone(chance) }),
  'start an app': (chance: Chance): Action => ({
    type: 'start an app',
    who: chance.below(3),
    acknowledges: chance.oneIn(4) ? 'manual' : 'auto',
    unread: {
      events: chance.oneIn(3) ? 1_000 : 2 + chance.below(5),
      bytes: chance.oneIn(3) ? 1_000 : 4 * 1024 * 1024,
    },
    faults: chance.oneIn(4) ? { ...faultsOf(chance), loseEach: undefined } : {},
  }),
  'app submits': (chance: Chance): Action => ({
    type: 'app submits',
    app: anyone(chance),
    ...(chance.oneIn(4) ? { key: chance.below(2) } : {}),
    variant: 0,
    bounded: chance.oneIn(4),
    obeys: true,
    reads: !chance.oneIn(3),
  }),
  'app follows': (chance: Chance): Action => ({
    type: 'app follows',
    app: anyone(chance),
    job: anyone(chance),
    how: chance.pick(['watches', 'watches', 'takes up']),
    after: chance.pick(['absent', 'zero']),
  }),
  'app reads': (chance: Chance): Action => ({
    type: 'app reads',
    app: anyone(chance),
    reader: anyone(chance),
    how: chance.pick(['events', 'events', 'events', 'events', 'stream', 'stream', 'result', 'leaves']),
    count: chance.pick([1, 2, 3, 9, 100]),
  }),
  'app acknowledges': (chance: Chance): Action => ({ type: 'app acknowledges', app: anyone(chance) }),
  'app drops': (chance: Chance): Action => ({
    type: 'app drops',
    app: anyone(chance),
    how: chance.oneIn(3) ? 'stalls' : 'cuts',
  }),
  'app leaves': (chance: Chance): Action => ({ type: 'app leaves', app: anyone(chance) }),
  ping: (chance: Chance): Action => ({ type: 'ping', link: anyone(chance) }),
  pass: (chance: Chance): Action => ({
    type: 'pass',
    ms: chance.oneIn(4) ? chance.pick([31_000, 70_000]) : chance.pick([1, 5, 100, 2_000, 11_000, 16_000]),
  }),
  store: (chance: Chance): Action => {
    const how = chance.pick<Disturbance>([
      'late',
      'late',
      'fails',
      'loses confirmations',
      'hangs',
      'heals',
      'heals',
    ])
    const amount = how === 'late' ? chance.pick([5, 5, 300, 12_000]) : 1 + chance.below(3)
    return { type: 'store', how, amount }
  },
}

type Disturbance = Extract<Action, { type: 'store' }>['how']

type Kind = keyof typeof actions

/** How often each kind of action comes. */
const frequency: readonly (readonly [Kind, number])[] = [
  ['connect', 4],
  ['submit', 8],
  ['repeat', 2],
  ['emit', 20],
  ['stream', 2],
  ['end', 5],
  ['drop', 6],
  ['bye', 2],
  ['resume', 14],
  ['take up', 5],
  ['subscribe', 8],
  ['unsubscribe', 3],
  ['acknowledge', 6],
  ['cancel', 4],
  ['ping', 1],
  ['pass', 7],
  ['store', 4],
]

/** The same where programs use the client of this project. */
const frequencyOfApps: readonly (readonly [Kind, number])[] = [
  ['start an app', 1],
  ['app submits', 4],
  ['app follows', 4],
  ['app reads', 16],
  ['app acknowledges', 1],
  ['app drops', 3],
  ['app leaves', 1],
  ['emit', 8],
  ['stream', 6],
  ['end', 2],
]

const [deck, deckOfApps] = [deckOf(frequency), deckOf(frequencyOfApps)]

function deckOf(often: typeof frequency): [Kind, ...Kind[]] {
  return often.flatMap(([kind, times]) => Array<Kind>(times).fill(kind)) as [Kind, ...Kind[]]
}

function afterOf(chance: Chance): After {
  return chance.pick(['absent', 'zero', 'zero', 'seen', 'seen', 'above'])
}

/** One thing that goes wrong. */
function faultsOf(chance: Chance): LinkFaults {
  return chance.pick<() => LinkFaults>([
    () => ({ cutAfterFrames: 1 + chance.below(12) }),
    () => ({ cutAfterBytes: 400 + chance.below(4_000) }),
    () => ({ stallAfterFrames: 1 + chance.below(12) }),
    () => ({ delayMs: chance.pick([1, 4, 50]) }),
    () => ({ repeatEach: 1 + chance.below(3) }),
    () => ({ loseEach: 2 + chance.below(8) }),
  ])()
}
