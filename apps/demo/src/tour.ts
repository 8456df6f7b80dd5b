import { createWriteStream } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Client, connect, type Job } from '@arcp/client'
import { isArcpError } from '@arcp/protocol'
import { createRuntime, staticTokens } from '@arcp/runtime'
import { webSocket } from '@arcp/transport-ws'
import { listen } from '@arcp/transport-ws/server'
import { count, report } from './agents/contracts'
import { countAgent } from './agents/count'
import { reportAgent } from './agents/report'
import type { TourOptions } from './commands'
import { version } from './package-version'
import { Fail } from './terminal/fail'
import type { Terminal } from './terminal/terminal'
import { visible } from './visible'

/** Tells in the terminal how jobs run: a report on a directory, a job cancelled half-way, one refused. */
export async function runTour({ dir, out, signal }: TourOptions): Promise<void> {
  const token = 'demo-token'
  await using runtime = createRuntime({
    name: 'arcp-demo',
    version,
    auth: staticTokens({ [token]: 'visitor@example.com' }),
    agents: [reportAgent(dir), countAgent],
    logger: quiet,
  })
  await using server = await listen(runtime, { port: 0 })
  await using client = await connect(webSocket(server.url), { token, signal })
  out.heading('A client and a runtime')
  out.line(`The runtime listens at ${server.url}; the client is connected over a real WebSocket.`)
  out.line(`It offers ${client.agents.map((agent) => agent.name).join(' and ')}.`)

  const stop = () => void client.close('interrupted')
  signal.addEventListener('abort', stop, { once: true })
  try {
    await reportChapter(client, dir, out)
    await cancelChapter(client, out)
    await refusedChapter(client, out)
    out.line('')
    out.success('The tour is over. To try it yourself: pnpm demo serve')
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

async function reportChapter(client: Client, dir: string, out: Terminal): Promise<void> {
  out.heading('A job that does real work')
  out.line(`The agent report@1.0.0 reads ${visible(dir)}, and streams its report while it writes it.`)
  const job = await client.submit(report, { dir: '.' })
  const file = join(await mkdtemp(join(tmpdir(), 'arcp-report-')), `${basename(dir) || 'root'}.md`)
  const [, summary] = await Promise.all([
    pipeline(job.resultStream(), createWriteStream(file)),
    showProgress(job, 'report', out),
  ])
  out.success(`${summary ?? 'Done'}; the report is in ${visible(file)}`)
}

async function cancelChapter(client: Client, out: Terminal): Promise<void> {
  out.heading('A job that is cancelled half-way')
  const steps = 40
  const job = await client.submit(count, { to: steps, delayMs: 25 })
  const progress = out.progress('count', steps)
  let last = 0
  for await (const event of job.events()) {
    if (event.type === 'job.progress') {
      last = event.current
      progress.update(event.current, event.total)
      if (event.current === steps / 2) await job.cancel('half is enough')
    } else if (event.type === 'job.cancelled') progress.end(`cancelled: ${event.reason}`)
  }
  const outcome = await job.result().catch((error: unknown) => error)
  if (!isArcpError(outcome, 'CANCELLED')) throw new Fail('the job was not cancelled', { cause: outcome })
  out.success(`It stopped at ${last} of ${steps}, and its result() rejects with ${outcome.code}.`)
}

async function refusedChapter(client: Client, out: Terminal): Promise<void> {
  out.heading('A job that is refused')
  const refusal = await client.submit('count', { to: 'a lot' }).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!isArcpError(refusal, 'INVALID_REQUEST')) throw new Fail('the job was not refused', { cause: refusal })
  out.success(`${refusal.code}: ${refusal.message}`)
  out.line('Nothing ran, and the session goes on as if nothing had happened.')
}

/** Shows a job's progress until it ends; resolves with its summary. */
async function showProgress(job: Job<unknown>, label: string, out: Terminal): Promise<string | undefined> {
  const progress = out.progress(label)
  for await (const event of job.events()) {
    if (event.type === 'job.progress') {
      progress.update(event.current, event.total, event.message)
    } else if (event.type === 'job.completed') {
      progress.end('completed')
      return event.summary
    } else if (event.type === 'job.failed') progress.end(`failed: ${event.error.message}`)
  }
  return undefined
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
