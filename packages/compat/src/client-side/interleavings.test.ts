import type { Envelope } from '@arcp/protocol'
import { seededRandom } from '@arcp/testkit'
import { expect, it } from 'vitest'
import { clientRules } from '../client-rules'
import type { Dialect } from '../peer'
import { frame } from '../testing/client-frames'
import { accept, type Connection, ended, logged, reach, submit } from '../testing/runtime-frames'

/** How runtimes of a dialect answer requests, each in its turn. */
interface Manner {
  accepts(request: Envelope, jobId: string): Envelope
  /** `event_seq` is the number it has if it is numbered. */
  refuses(request: Envelope, code: string, event_seq: () => number): Envelope
}

const refusal = (code: string, payload: object = {}) =>
  frame('session.error', { code, message: 'no', retryable: false, ...payload })

const unnamed: Manner = {
  accepts: (_, jobId) => accept(jobId),
  refuses: (_, code) => refusal(code),
}

const byRequest = (where: (id: string) => object): Manner => ({
  accepts: ({ id }, jobId) => accept(jobId, { request_id: id }),
  refuses: ({ id }, code) => refusal(code, where(id)),
})

const MANNERS: Readonly<Record<Dialect, Manner>> = {
  python: { ...byRequest(() => ({})), refuses: unnamed.refuses },
  'older-python': unnamed,
  typescript: {
    accepts: ({ trace_id }, jobId) => accept(jobId, {}, { trace_id }),
    refuses: ({ type, trace_id, id }, code, event_seq) =>
      type === 'job.submit'
        ? frame(
            'job.error',
            { code, message: 'no' },
            { job_id: `job_no_${id}`, trace_id, event_seq: event_seq() },
          )
        : refusal(code),
  },
  go: byRequest((request_id) => ({ details: { request_id } })),
  java: {
    accepts: ({ id }, jobId) => accept(jobId, { request_id: id }),
    refuses: ({ id }, code) => frame('job.error', { code, message: 'no' }, { id }),
  },
  csharp: unnamed,
  draft: byRequest((request_id) => ({ request_id })),
}

const SUBMITS = 12

/** A session with a runtime of this dialect that answers, tells and ends as chance has it. */
async function play(dialect: Dialect, seed: string): Promise<Connection> {
  const random = seededRandom(`${dialect} ${seed}`)
  const below = (limit: number) => (random(1)[0] ?? 0) % limit
  const connection: Connection = await reach(clientRules, dialect).greet()
  const manner = MANNERS[dialect]
  const running: { id: string; trace_id?: string | undefined }[] = []
  let numbered = 0
  let asked = 0
  let answered = 0

  const next = () => ++numbered
  const open = () => connection.heard.filter(({ type }) => type !== 'session.ping').length - answered
  const aJob = () => running[below(running.length)]

  function answer(): void {
    const request = connection.heard.filter(({ type }) => type !== 'session.ping')[answered++] as Envelope
    const { id, trace_id, payload } = request
    if (request.type === 'session.list_jobs') connection.say(manner.refuses(request, 'INVALID_REQUEST', next))
    else if (payload.input === 'refuse') connection.say(manner.refuses(request, 'AGENT_NOT_AVAILABLE', next))
    else {
      connection.say(manner.accepts(request, `job_${id}`))
      running.push({ id: `job_${id}`, trace_id: dialect === 'typescript' ? trace_id : undefined })
    }
  }

  async function ask(): Promise<void> {
    const id = `s${asked++}`
    const list = frame('session.list_jobs', { cursor: 'none' }, { id: `l${asked}` })
    await connection.ask(
      submit(id, { input: below(3) === 0 ? 'refuse' : 'run' }),
      ...(below(4) === 0 ? [list] : []),
    )
  }

  function tell(): void {
    const job = aJob()
    if (job) connection.say(logged(job.id, next(), '', { trace_id: job.trace_id }))
  }

  function end(): void {
    const job = aJob()
    if (!job) return
    running.splice(running.indexOf(job), 1)
    connection.say(ended(job.id, next(), {}, { trace_id: job.trace_id }))
  }

  while (asked < SUBMITS || open() > 0 || running.length > 0) {
    const does = below(5)
    if (does <= 1 && asked < SUBMITS) await ask()
    else if (does <= 2 && open() > 0) answer()
    else if (does === 3 || asked < SUBMITS) tell()
    else end()
  }
  return connection
}

const SEEDS = Array.from({ length: 20 }, (_, i) => `${i}`)

it.each(Object.keys(MANNERS) as Dialect[])(
  'each request gets its own answer, and no refusal disturbs a job, whatever comes in between (%s)',
  async (dialect) => {
    for (const seed of SEEDS) {
      const { heard, told } = await play(dialect, seed)
      const answers = new Map<unknown, unknown>()
      const last = new Map<unknown, number>()
      let number = 0
      for (const { type, event_seq, job_id, payload } of told) {
        if (event_seq !== undefined) expect(event_seq, seed).toBe(++number)
        if (payload.request_id !== undefined) {
          expect(answers.has(payload.request_id), seed).toBe(false)
          answers.set(payload.request_id, payload.code ?? job_id)
        } else if (job_id !== undefined) {
          expect(payload.seq, `${seed} ${type}`).toBe((last.get(job_id) ?? 0) + 1)
          last.set(job_id, type === 'job.completed' ? Number.NaN : Number(payload.seq))
        }
      }
      const asked = heard.filter(({ type }) => type === 'job.submit')
      expect(asked).toHaveLength(SUBMITS)
      for (const { id, payload } of asked) {
        expect(answers.get(id), seed).toBe(payload.input === 'refuse' ? 'AGENT_NOT_AVAILABLE' : `job_${id}`)
        if (payload.input === 'run') expect(last.get(`job_${id}`), seed).toBeNaN()
      }
      for (const { id } of heard.filter(({ type }) => type === 'session.list_jobs')) {
        expect(answers.get(id), seed).toBe('INVALID_REQUEST')
      }
    }
  },
)
