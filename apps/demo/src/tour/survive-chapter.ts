import { createHash } from 'node:crypto'
import type { Client, Job } from '@arcp/client'
import type { Dialer } from '@arcp/protocol/transport'
import { lines } from '../agents/contracts'
import { Fail } from '../terminal/fail'
import type { Terminal } from '../terminal/terminal'
import { connectUntil, type Visit } from './connect-until'
import { pullable } from './pullable'

const LINES = 300
const PULLS = 3

/**
 * Destroys a client's socket three times while it follows a job, and compares what it has got of the job with what a
 * client whose connection never broke reads in the job's log.
 */
export async function surviveChapter(
  dialer: Dialer,
  reader: Client,
  { out, ...visit }: Visit & { readonly out: Terminal },
): Promise<void> {
  out.heading('A job that outlives its connections')
  out.line(
    `The agent lines@1.0.0 streams ${LINES} lines, while the client's socket is destroyed ${PULLS} times.`,
  )
  const cable = pullable(dialer)
  await using client = await connectUntil(cable, visit)
  const job = await client.submit(lines, { count: LINES, delayMs: 10 })
  const [events, pulls] = await follow(client, job, cable.pull, out)
  const digest = digestOf(await job.result())

  const log = await reader.subscribe<string>(job.id, { afterSeq: 0 })
  const logged = await seqsOf(log)
  const loggedDigest = digestOf(await log.result())
  if (events.join() !== logged.join()) {
    throw new Fail(`the client got ${events.length} events, the job's log holds ${logged.length}`)
  }
  if (digest !== loggedDigest) {
    throw new Fail(`the result's digest is ${digest}, the one of the job's log ${loggedDigest}`)
  }
  out.success(
    `The socket was destroyed ${pulls} times, and the client missed nothing: it has each of the ${logged.length} events in the job's log, once and in order.`,
  )
  out.success(`Its result is the log's, too: SHA-256 ${digest.slice(0, 16)}… of both.`)
}

/** Follows the job to its end, pulling the cable on the way; resolves with the `seq` of each event, and the pulls. */
async function follow(
  client: Client,
  job: Job<string>,
  pull: () => boolean,
  out: Terminal,
): Promise<[seqs: number[], pulls: number]> {
  const progress = out.progress('lines', LINES)
  const seqs: number[] = []
  let pulls = 0
  let brokenAt = 0
  const stopShowing = client.onStateChange((state) => {
    const now = performance.now()
    if (state === 'reconnecting') {
      brokenAt = now
      out.line(`  ${out.paint('yellow', state)}`)
    } else if (state === 'connected') {
      out.line(`  ${out.paint('green', state)} again, after ${Math.ceil(now - brokenAt)} ms`)
    }
  })
  for await (const event of job.events()) {
    seqs.push(event.seq)
    if (event.type === 'job.progress') {
      progress.update(event.current, event.total)
      const isDue = pulls < PULLS && event.current >= ((pulls + 1) * LINES) / (PULLS + 1)
      if (isDue && pull()) {
        pulls++
        out.line(`${out.paint('red', '✂')} The socket is destroyed at line ${event.current}.`)
      }
    } else if (event.type === 'job.completed') progress.end('completed')
    else if (event.type === 'job.failed') progress.end(`failed: ${event.error.message}`)
  }
  stopShowing()
  return [seqs, pulls]
}

async function seqsOf(job: Job): Promise<number[]> {
  const seqs: number[] = []
  for await (const { seq } of job.events()) seqs.push(seq)
  return seqs
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
