import type { ConnectOptions } from '@arcp/client'
import { createRuntime, type Identity, memoryStore, type Runtime } from '@arcp/runtime'
import { type FaultyStore, faultyStore, seededRandom, TestClock } from '@arcp/testkit'
import { checkAtRest } from '../model/at-rest'
import type { Coverage } from '../model/coverage'
import { Ledger } from '../model/ledger'
import { modelObserver } from '../model/observer'
import { type StoreWitness, storeWitness } from '../model/store-witness'
import type { LinkFaults, Schedule } from '../step'
import { App } from './app'
import { Client, type ClientSession } from './client'
import { type Link, openLink } from './link'
import { type Puppet, puppetAgents } from './puppet'

const RESUME_WINDOW_MS = 60_000
const UNHEARD_MS = 10_000
const HEARTBEAT_MS = 30_000
const SLOW_CONSUMER_MS = 45_000

/** Tokens and whom they name; the first two are clients of one principal. */
export const PRINCIPALS = [
  { token: 'ada-1', principal: 'ada' },
  { token: 'ada-2', principal: 'ada' },
  { token: 'bob-1', principal: 'bob' },
] as const

function principalOf(token: string): string {
  return PRINCIPALS.find((known) => known.token === token)?.principal ?? ''
}

/** What a client agrees on. */
interface Habits {
  readonly heartbeat: boolean
  readonly acks?: number | undefined
}

/** A runtime, its agents, its store and its clients, all of which do only what a schedule says. */
export class World {
  readonly clock = new TestClock()
  readonly ledger: Ledger
  readonly store: FaultyStore
  readonly runtime: Runtime
  /** Everything that was ever opened, the oldest first. */
  readonly links: Link[] = []
  readonly clients: Client[] = []
  readonly apps: App[] = []
  readonly sessions: ClientSession[] = []
  readonly puppets: Puppet[] = []
  /** What the runtime held for a time: transports, the contexts of agents, and the signals of jobs. */
  readonly lent: WeakRef<object>[] = []
  readonly #schedule: Schedule
  #requests = 0
  readonly #witness: StoreWitness

  constructor(schedule: Schedule, coverage: Coverage) {
    const { clock } = this
    const { seed, setting } = schedule
    this.#schedule = schedule
    const { logEvents, logSize, whenLogFull, window, running, queued } = setting
    const limits = {
      resumeWindowMs: RESUME_WINDOW_MS,
      heartbeatMs: HEARTBEAT_MS,
      slowConsumerMs: SLOW_CONSUMER_MS,
      logEvents,
      logSize,
      runningJobs: running.all,
      runningJobsPerPrincipal: running.perPrincipal,
      queuedJobs: queued.all,
      queuedJobsPerPrincipal: queued.perPrincipal,
      endedJobMs: setting.endedJobMs,
      idempotencyKeyMs: setting.idempotencyKeyMs,
    }
    const runningOfAgent = new Map([['bounded-puppet@1.0.0', running.ofAgent]])
    const known = { ...limits, unheardMs: UNHEARD_MS, whenLogFull, window, runningOfAgent }
    this.ledger = new Ledger(clock, known, coverage)
    const random = seededRandom(`runtime ${seed}`)
    this.store = faultyStore(memoryStore(random), clock)
    this.#witness = storeWitness(this.store, this.ledger)
    this.runtime = createRuntime({
      name: 'schedules',
      version: '1.0.0',
      auth: (token, { remoteAddress }) => this.#verify(token, remoteAddress),
      agents: puppetAgents(this.ledger, running.ofAgent, (puppet, ctx) => {
        this.puppets.push(puppet)
        this.lent.push(new WeakRef(ctx), new WeakRef(ctx.signal))
      }),
      logger: { debug() {}, info() {}, warn() {}, error: (message, fields) => this.#logged(message, fields) },
      observe: modelObserver(this.ledger),
      store: this.#witness.store,
      whenLogFull,
      limits: {
        ...limits,
        ackWindowEvents: window.events,
        ackWindowBytes: window.bytes,
        sendBufferBytes: setting.sendBufferBytes,
      },
      clock,
      random,
    })
  }

  /** Opens a link that fails as `faults` say, and speaks on it by hand; nothing has been said yet. */
  open(token: string, { heartbeat, acks }: Habits, faults: LinkFaults): Client {
    const { ledger } = this
    const client: Client = new Client(
      {
        ...this.#link(token, faults),
        heartbeat,
        acks,
        loses: faults.loseEach !== undefined,
        nextId: () => `r${++this.#requests}`,
        complain: (text) => ledger.complain(text),
        onWelcome: (sessionId, make) => this.#welcomed(client, sessionId, make),
      },
      token,
    )
    this.clients.push(client)
    return client
  }

  /** Starts a program that uses the client of this project; its first link fails as `faults` say. */
  start(token: string, options: Partial<ConnectOptions>, faults: LinkFaults): void {
    const { apps, clock, ledger } = this
    const name = `app ${apps.length}`
    let link: Link | undefined
    const open = async () => {
      link = this.#link(token, link ? {} : faults)
      return link.near
    }
    const random = seededRandom(name)
    apps.push(
      new App({
        name,
        ledger,
        dialer: { open },
        options: { token, clock, random, ...options },
        far: () => link?.far,
      }),
    )
  }

  #link(token: string, faults: LinkFaults): Link {
    const { clock, ledger, runtime, links } = this
    const link = openLink({
      name: `link ${links.length}`,
      principal: principalOf(token),
      faults,
      runtime,
      clock,
      ledger,
      lend: (transport) => this.lent.push(new WeakRef(transport)),
    })
    links.push(link)
    return link
  }

  /** Clients that may ask for things now. */
  get standing(): readonly Client[] {
    return this.clients.filter((client) => client.stands)
  }

  /** Notes that the store has been told to misbehave, or not to. */
  storeWasTold(): void {
    this.ledger.storeHasFailed = true
  }

  /** Lets everything that is ready run, then checks what must hold at rest. */
  async rest(): Promise<void> {
    await this.clock.settle()
    const links = this.links.map(({ judge, far }) => ({
      judge,
      isClear: far.bufferedBytes === 0 && !far.isStalled,
    }))
    checkAtRest(this.ledger, links, this.#witness.isCalm())
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    await this.clock.elapse(ms)
    await this.rest()
  }

  /** Lets go of everything but the runtime. */
  forget(): void {
    this.links.length = 0
    this.clients.length = 0
    this.apps.length = 0
    this.puppets.length = 0
  }

  async #verify(token: string, linkName: string | undefined): Promise<Identity> {
    const { authMs, tokenMs } = this.#schedule.setting
    const { clock } = this
    const identity = { principal: principalOf(token) }
    const judge = this.links.find((link) => link.judge.name === linkName)?.judge
    if (authMs > 0) await new Promise<void>((resolve) => clock.setTimer(authMs, resolve))
    if (!judge || tokenMs === undefined) return identity
    judge.expiresAt = clock.monotonic() + tokenMs
    return { ...identity, expiresAt: clock.now() + tokenMs }
  }

  /** One session is carried by one link; the client looks at no other any more. */
  #welcomed(client: Client, sessionId: string, make: () => ClientSession): ClientSession {
    for (const other of this.clients) {
      if (other !== client && other.session?.id === sessionId) other.close()
    }
    const known = this.sessions.find(({ id }) => id === sessionId)
    if (known) return known
    const session = make()
    this.sessions.push(session)
    return session
  }

  /** Nothing is an error of the runtime's own but what the store does to it, and what agents throw. */
  #logged(message: string, fields?: Record<string, unknown>): void {
    const isExpected = message.startsWith('the store did not take an append') || /agent/.test(message)
    if (!isExpected) this.ledger.complain(`logged: ${message} ${String(fields?.error)}`)
  }
}
