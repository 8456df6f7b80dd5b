import { type AgentContract, agent } from '@arcp/protocol'
import { type AgentContext, type AgentFunction, type Implementation, implement } from '@arcp/runtime'
import type { JobModel } from '../model/job-model'
import type { Ledger } from '../model/ledger'

/** How an agent's promise ends. */
interface Settle {
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** The agent of one job; it says and does what a schedule tells it to. */
export class Puppet {
  over = false
  readonly job: JobModel
  readonly #ctx: AgentContext
  readonly #ledger: Ledger
  readonly #settle: Settle
  #said = 0

  constructor(job: JobModel, ctx: AgentContext, ledger: Ledger, settle: Settle) {
    this.job = job
    this.#ctx = ctx
    this.#ledger = ledger
    this.#settle = settle
  }

  /** Says something; one of four things, in turn. */
  emit(awaited: boolean): void {
    if (this.over || this.job.waits) return
    const n = this.#said++
    const text = `${this.job.id} ${n}`
    const say: readonly (() => Promise<void>)[] = [
      () => this.#say('job.progress', { current: n, 'x-tag': [text] }, (body) => this.#ctx.progress(body)),
      () => this.#say('job.log', { level: 'info' as const, message: text }, (body) => this.#ctx.log(body)),
      () => this.#say('job.status', { phase: text }, (body) => this.#ctx.status(body)),
      () =>
        this.#say('x-test.said', { body: { n }, 'x-tag': text }, ({ body, ...x }) =>
          this.#ctx.emit('x-test.said', body, x),
        ),
    ]
    if (!awaited || this.job.pieces > 0) this.job.rushed = true
    const said = say[n % say.length]?.()
    if (!awaited || !said) return
    this.job.waits = true
    const goesOn = () => {
      this.job.waits = false
      if (this.job.pieces === 0 && this.job.causes.length === 0 && !this.#ctx.signal.aborted)
        this.#ledger.check(this.job.held.leadComplaint)
    }
    said.then(goesOn, goesOn)
  }

  /** Writes pieces of text into the result. */
  stream(pieces: number, length: number): void {
    if (this.over || this.job.ended) return
    if (this.job.waits) this.job.rushed = true
    const writer = this.#ctx.resultStream().getWriter()
    for (let piece = 0; piece < pieces; piece++) {
      const text = `piece ${this.job.written.length} é😀;`.padEnd(length, '.')
      this.job.written += text
      this.job.pieces++
      const taken = () => {
        this.job.pieces--
      }
      writer.write(text).then(taken, taken)
    }
    writer.releaseLock()
  }

  /** Comes to its end. */
  end(how: 'returns' | 'throws'): void {
    if (this.over) return
    this.over = true
    const { job } = this
    const streams = job.written !== ''
    const result = streams ? undefined : { done: job.id, said: this.#said }
    const cause = how === 'returns' ? 'returned' : 'threw'
    job.causes.push({ cause, rest: this.#ledger.rests, atOnce: how === 'throws' || !streams, detail: result })
    if (how === 'returns') this.#settle.resolve(result)
    else this.#settle.reject(new Error('the agent was told to throw'))
  }

  #say<Body extends object>(type: string, body: Body, call: (body: Body) => Promise<void>): Promise<void> {
    const { job } = this
    const { lastSeq, hasTerminal } = job
    job.saying = { type, body: JSON.stringify(body) }
    const said = call(body)
    job.saying = undefined
    const isLogged = job.typeOf(lastSeq + 1) === type
    const mayOverflow = job.held.isOverflowingAfter(job.held.firstSeq - 1)
    if (isLogged === hasTerminal && !mayOverflow)
      this.#ledger.complain(`${job.id}: ${type} was ${isLogged ? '' : 'not '}logged after ${lastSeq}`)
    if (isLogged) return said
    return said.then(
      () => this.#ledger.complain(`${job.id}: ${type} was taken and not logged`),
      () => {},
    )
  }
}

/** What a job is submitted with, as far as its agent cares. */
interface PuppetInput {
  readonly obeys: boolean
}

/** The agents of a schedule's jobs: one that may run as often as anybody likes, and one with a bound. */
export function puppetAgents(
  ledger: Ledger,
  maxRunning: number,
  onStart: (puppet: Puppet, ctx: AgentContext) => void,
): Implementation[] {
  const run: AgentFunction<AgentContract> = (given, ctx) => {
    const { obeys } = given as PuppetInput
    const job = ledger.jobs.get(ctx.jobId)
    if (!job) throw new Error(`${ctx.jobId} runs, but was never written down`)
    if (job.runs++ > 0) ledger.complain(`${job.id} runs twice`)
    return new Promise((resolve, reject) => {
      const puppet = new Puppet(job, ctx, ledger, { resolve, reject })
      onStart(puppet, ctx)
      ctx.signal.addEventListener('abort', () => {
        const isDue = job.causes.length > 0 || ledger.storeHasFailed || ledger.closing || job.rushed
        if (!isDue) ledger.complain(`${job.id} is aborted for nothing`)
        if (obeys) puppet.end('throws')
      })
    })
  }
  return [
    implement(agent({ name: 'puppet', version: '1.0.0' }), run),
    implement(agent({ name: 'bounded-puppet', version: '1.0.0' }), run, { maxRunning }),
  ]
}
