import type { Action } from '../step'
import type { App } from './app'
import { oneOf } from './one-of'
import { submitPayload } from './submit-payload'
import { PRINCIPALS, type World } from './world'

/** What is done by, or with, a program that uses the client of this project. */
export type UsesApp = Extract<Action, { app: number } | { type: 'start an app' }>

export function use(world: World, action: UsesApp): void {
  if (action.type === 'start an app') start(world, action)
  else {
    const app = oneOf(
      world.apps.filter(({ lives }) => lives),
      action.app,
    )
    if (app) act(world, app, action)
  }
}

function start(
  world: World,
  { who, acknowledges, unread, faults }: Extract<Action, { type: 'start an app' }>,
): void {
  const { token } = oneOf(PRINCIPALS, who) ?? PRINCIPALS[0]
  // Not just when a link that is half-open is found to be.
  const limits = { unreadEvents: unread.events, unreadBytes: unread.bytes, answerTimeoutMs: 90_000 }
  world.start(token, { acknowledge: acknowledges, limits }, faults)
}

function act(world: World, app: App, action: Extract<Action, { app: number }>): void {
  switch (action.type) {
    case 'app submits': {
      const { agent, input, idempotency_key: idempotencyKey } = submitPayload(action)
      app.submit(agent, input, idempotencyKey === undefined ? {} : { idempotencyKey }, action.reads)
      return
    }
    case 'app follows':
      follow(world, app, action)
      return
    case 'app reads': {
      const reader = oneOf(app.readers, action.reader)
      if (action.how === 'events') reader?.read(action.count)
      else if (action.how === 'result') reader?.result()
      else if (action.how === 'stream') reader?.stream(action.count)
      else reader?.leave()
      return
    }
    case 'app acknowledges':
      app.acknowledge()
      return
    case 'app drops':
      app.drop(action.how)
      return
    case 'app leaves':
      app.close()
  }
}

function follow({ ledger }: World, app: App, { job: index, how, after }: Follows): void {
  const job = oneOf(ledger.heardOf(), index)
  const afterSeq = after === 'zero' ? 0 : undefined
  if (!job) return
  if (how === 'watches') app.subscribe(job.id, afterSeq)
  else if (job.token !== undefined)
    app.submit(
      job.agent,
      null,
      { resumeToken: job.token, ...(afterSeq === undefined ? {} : { afterSeq }) },
      true,
    )
}

type Follows = Extract<Action, { type: 'app follows' }>
