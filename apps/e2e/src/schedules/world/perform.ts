import type { JobModel } from '../model/job-model'
import type { Action, After } from '../step'
import type { Client, ClientSession } from './client'
import { oneOf } from './one-of'
import { submitPayload } from './submit-payload'
import { type UsesApp, use } from './use-app'
import { PRINCIPALS, type World } from './world'

/** Does what a step says; one that has nothing to act on does nothing. */
export async function perform(world: World, action: Action): Promise<void> {
  switch (action.type) {
    case 'connect': {
      const { token } = oneOf(PRINCIPALS, action.who) ?? PRINCIPALS[0]
      world.open(token, action, action.faults).hello()
      return
    }
    case 'resume':
      return resume(world, action)
    case 'emit': {
      const puppet = oneOf(world.puppets, action.job)
      for (let left = action.count; left > 0; left--) puppet?.emit(action.awaited)
      return
    }
    case 'stream':
      return oneOf(world.puppets, action.job)?.stream(action.pieces, action.length)
    case 'end':
      return oneOf(world.puppets, action.job)?.end(action.how)
    case 'pass':
      return world.pass(action.ms)
    case 'store':
      return disturb(world, action)
    case 'start an app':
    case 'app submits':
    case 'app follows':
    case 'app reads':
    case 'app acknowledges':
    case 'app drops':
    case 'app leaves':
      use(world, action)
      return
    default: {
      const client = oneOf(world.standing, action.link)
      if (client?.session) ask(world, client, client.session, action)
    }
  }
}

type Asked = Exclude<
  Action,
  UsesApp | { type: 'connect' | 'resume' | 'emit' | 'stream' | 'end' | 'pass' | 'store' }
>

/** What a client does that stands. */
function ask(world: World, client: Client, session: ClientSession, action: Asked): void {
  switch (action.type) {
    case 'submit':
      client.request('job.submit', submitPayload(action))
      return
    case 'repeat': {
      const frame = oneOf([...session.submits.values()], action.which)
      if (!frame) return
      session.unanswered.set(frame.id, frame)
      client.repeat(frame)
      return
    }
    case 'drop':
      if (action.how === 'closes') client.close()
      else if (action.how === 'cuts') client.far.cut()
      else client.far.stall()
      return
    case 'bye':
      client.request('session.close', {})
      return
    case 'ping':
      client.ping()
      return
    case 'acknowledge': {
      const { lastNumber } = session
      const upTo = { last: lastNumber, above: lastNumber + 1_000, less: lastNumber >> 1 }[action.upTo]
      client.acknowledge(upTo)
      return
    }
    default:
      askAbout(world, client, session, action)
  }
}

type AskedAbout = Extract<Asked, { job: number }>

/** What a client asks about a job, its own or not. */
function askAbout(world: World, client: Client, session: ClientSession, action: AskedAbout): void {
  const job = oneOf(world.ledger.heardOf(), action.job)
  if (!job) return
  const job_id = job.id
  switch (action.type) {
    case 'cancel':
      client.request('job.cancel', { job_id, reason: `so says ${session.id}` })
      return
    case 'unsubscribe':
      client.request('job.unsubscribe', { job_id, ...(action.hold ? { hold: true } : {}) })
      return
    case 'subscribe': {
      const log_epoch = action.otherHistory ? 'another' : world.ledger.logEpoch
      client.request('job.subscribe', { job_id, log_epoch, ...afterSeq(job, session, action.after) })
      return
    }
    case 'take up': {
      const { ledger, sessions } = world
      const resume_token = {
        right: job.token ?? 'arj_unknown',
        garbled: `${job.token}x`.replace('_', '_x'),
        'of a session': session.tokens.at(-1),
      }[action.token]
      const from_session = {
        absent: undefined,
        former: job.owner,
        other: sessions.find(({ id }) => id !== job.owner)?.id,
      }[action.from]
      const after = afterSeq(job, session, action.after)
      const log_epoch = action.after === 'absent' ? undefined : ledger.logEpoch
      client.request('job.submit', { resume_token, from_session, log_epoch, ...after })
    }
  }
}

function afterSeq(job: JobModel, session: ClientSession, after: After): { after_seq?: number } {
  if (after === 'absent') return {}
  const seen = session.views.get(job.id)?.lastSeq ?? 0
  return { after_seq: { zero: 0, seen, above: job.lastSeq + 1_000 }[after] }
}

function resume(world: World, action: Extract<Action, { type: 'resume' }>): void {
  const session = oneOf(world.sessions, action.session)
  if (!session) return
  const { tokens, lastNumber } = session
  const resume_token = {
    latest: tokens.at(-1),
    'one before': tokens.at(-2) ?? tokens.at(-1),
    first: tokens[0],
    wrong: 'ars_wrong',
  }[action.token]
  const last_event_seq = { honest: lastNumber, behind: lastNumber >> 1, above: lastNumber + 1_000 }[
    action.last
  ]
  const asked = { session_id: session.id, resume_token, last_event_seq, ...cursorsOf(world, session, action) }
  const token = action.stranger ? strangerTo(session.token) : session.token
  world.open(token, session, action.faults).hello(asked, { resend: action.resend })
}

function cursorsOf(
  { ledger }: World,
  session: ClientSession,
  { cursors: kind }: Extract<Action, { type: 'resume' }>,
): { cursors?: Record<string, { seq: number; log_epoch: string }> } {
  if (kind === 'none') return {}
  const log_epoch = kind === 'of another history' ? 'another' : (ledger.logEpoch ?? '')
  const cursors: Record<string, { seq: number; log_epoch: string }> = {}
  for (const [jobId, { lastSeq = 0 }] of session.views) {
    const seq = { behind: lastSeq >> 1, above: lastSeq + 1_000 }[kind as string] ?? lastSeq
    cursors[jobId] = { seq, log_epoch }
  }
  if (kind === 'of others') {
    cursors.job_none = { seq: 0, log_epoch }
    for (const { id } of ledger.heardOf()) cursors[id] ??= { seq: 0, log_epoch }
  }
  return { cursors }
}

function strangerTo(token: string): string {
  return token.startsWith('bob') ? PRINCIPALS[0].token : PRINCIPALS[2].token
}

function disturb(world: World, { how, amount }: Extract<Action, { type: 'store' }>): void {
  const { store } = world
  world.storeWasTold()
  if (how === 'late') store.late(amount)
  else if (how === 'fails') store.fail(amount)
  else if (how === 'loses confirmations') store.fail(amount, { written: true })
  else if (how === 'hangs') store.hang()
  else store.heal()
}
