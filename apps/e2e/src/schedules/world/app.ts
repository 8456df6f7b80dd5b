import { type Client, type ConnectOptions, connect, type Job, type SubmitOptions } from '@arcp/client'
import { ConnectionError } from '@arcp/protocol'
import type { Dialer } from '@arcp/protocol/transport'
import type { FaultyTransport } from '@arcp/testkit'
import type { Ledger } from '../model/ledger'
import { Reader } from './reader'

/** What an {@link App} needs. */
export interface AppParts {
  readonly name: string
  readonly dialer: Dialer
  readonly options: ConnectOptions
  readonly ledger: Ledger
  /** The runtime's end of its newest link, as it fails. */
  readonly far: () => FaultyTransport | undefined
}

/** A program that uses the client of this project, and whoever reads its jobs. */
export class App {
  readonly readers: Reader[] = []
  client: Client | undefined
  /** Calls that have not settled. */
  pending = 0
  /** It has closed its client, or never had one. */
  gone = false
  /** Whether all that is read is acknowledged, whoever is to do that otherwise. */
  #acknowledges = false
  /** Jobs it has asked to watch beside the handle it may have. */
  readonly #shared = new Set<string>()
  readonly #parts: AppParts

  constructor(parts: AppParts) {
    this.#parts = parts
    this.#wait(
      connect(parts.dialer, parts.options).then(
        (client) => {
          this.client = client
          if (this.gone) void client.close()
        },
        () => {
          this.gone = true
        },
      ),
    )
  }

  /** Whether its client stands, or seeks its runtime. */
  get lives(): boolean {
    return this.client !== undefined && !this.gone
  }

  submit(agent: string, input: unknown, options: SubmitOptions, readsAtOnce: boolean): void {
    const isNew = options.resumeToken === undefined && options.idempotencyKey === undefined
    if (this.client) this.#handle(this.client.submit(agent, input, options), isNew, readsAtOnce)
  }

  subscribe(jobId: string, afterSeq: number | undefined): void {
    this.#shared.add(jobId)
    const options = afterSeq === undefined ? {} : { afterSeq }
    if (this.client) this.#handle(this.client.subscribe(jobId, options), false, true)
  }

  acknowledge(): void {
    this.client?.acknowledge()
  }

  /** Reads all there is. */
  finish(): void {
    this.#acknowledges = true
    this.acknowledge()
    for (const reader of this.readers) reader.finish()
  }

  /** Its link is cut, or goes half-open. */
  drop(how: 'cuts' | 'stalls'): void {
    if (how === 'cuts') this.#parts.far()?.cut()
    else this.#parts.far()?.stall()
  }

  close(): void {
    if (this.gone) return
    this.gone = true
    if (this.client) this.#wait(this.client.close())
  }

  /** What is wrong with it when everything else has come to its end. */
  *complaints(): Iterable<string> {
    const { name } = this.#parts
    if (this.pending > 0) yield `${name} waits for ${this.pending} calls`
    if (!this.lives) return
    if (this.client?.state !== 'connected') yield `${name} is ${this.client?.state}`
    for (const { lacks } of this.readers) if (lacks !== undefined) yield lacks
  }

  #handle(asked: Promise<Job>, isNew: boolean, readsAtOnce: boolean): void {
    const { name, ledger } = this.#parts
    const taken = (job: Job) => {
      const isOver = () => this.gone || this.client?.state === 'closed'
      const onRead = () => {
        if (this.#acknowledges) this.acknowledge()
      }
      const reader: Reader = new Reader(job, {
        ledger,
        name: `${name}.${this.readers.length}`,
        hasAll: isNew,
        sessionId: () => this.client?.sessionId,
        isOver,
        isAlone: () =>
          !this.#shared.has(job.id) &&
          this.readers.every((other) => other === reader || other.job.id !== job.id),
        onRead,
      })
      this.readers.push(reader)
      if (this.#acknowledges) reader.finish()
      if (readsAtOnce) reader.read(1)
    }
    const refused = (error: unknown) => {
      const isLost = error instanceof ConnectionError
      ledger.coverage.saw(isLost ? 'a call that was lost' : 'a call that was refused')
    }
    this.#wait(asked.then(taken, refused))
  }

  #wait(call: Promise<unknown>): void {
    this.pending++
    const settled = () => {
      this.pending--
    }
    call.then(settled, settled)
  }
}
