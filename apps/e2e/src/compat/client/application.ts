import { type Client, connect, type Job } from '@arcp/client'
import { isArcpError } from '@arcp/protocol'
import type { Dialer } from '@arcp/protocol/transport'

/** A program that uses our client, and tells what it sees in lines. */
export interface Application {
  /** Begins what a word says. */
  do(word: string): void
  /** Resolves once this line has been told; takes it. */
  told(line: string): Promise<void>
  /** What has been told and not taken. */
  readonly lines: readonly string[]
}

/**
 * The words: `connect`, `close`, `list`; `submit NAME`, a job of the agent of that name; `key KEY NAME`, the same with an
 * idempotency key; `cancel NAME`; `watch ID`, a job from its beginning.
 */
export function application(dialer: Dialer): Application {
  const lines: string[] = []
  const waiting: (() => void)[] = []
  const jobs = new Map<string, Job>()
  let client: Client

  function tell(line: string): void {
    lines.push(line)
    for (const wake of waiting.splice(0)) wake()
  }

  /** Tells how something came out, by what it is called. */
  function follow(name: string, outcome: Promise<unknown>): void {
    outcome.then(
      (value) => tell(`${name} ${value}`),
      (error) => tell(`${name} ${isArcpError(error) ? error.code : error}`),
    )
  }

  async function read(name: string, asked: Promise<Job>): Promise<string> {
    const job = await asked
    jobs.set(name, job)
    tell(`${name} is ${job.id}`)
    for await (const { seq, type } of job.events()) tell(`${name} ${seq} ${type}`)
    return JSON.stringify(await job.result())
  }

  async function list(): Promise<string> {
    const listed: string[] = []
    for await (const { job_id, status } of client.listJobs()) listed.push(`${job_id} ${status}`)
    return listed.join(', ')
  }

  const words: Readonly<Record<string, (...args: string[]) => void>> = {
    connect: () => {
      const connecting = connect(dialer, { token: 't', client: { name: 'ours', version: '1.0.0' } })
      follow(
        'the client',
        connecting.then((connected) => {
          client = connected
          return 'is connected'
        }),
      )
    },
    submit: (name = '') => follow(name, read(name, client.submit(name, name))),
    key: (idempotencyKey = '', name = '') =>
      follow(name, read(name, client.submit(name, name, { idempotencyKey }))),
    watch: (id = '') => follow('watched', read('watched', client.subscribe(id, { afterSeq: 0 }))),
    cancel: (name = '') => follow(`cancelling ${name}`, jobs.get(name)?.cancel('enough') ?? Promise.reject()),
    list: () => follow('listed', list()),
    close: () => void client.close('done'),
  }

  return {
    lines,
    do(line) {
      const [word = '', ...args] = line.split(' ')
      const run = words[word]
      if (!run) throw new Error(`what is ${word}?`)
      run(...args)
    },
    async told(line) {
      while (!lines.includes(line)) await new Promise<void>((resolve) => waiting.push(resolve))
      lines.splice(lines.indexOf(line), 1)
    },
  }
}
