import type { Client, Job } from '@arcp/client'
import { count } from '../agents/contracts'
import { Fail } from '../terminal/fail'
import type { Terminal } from '../terminal/terminal'

const JOBS = 3

/** Submits more jobs at once than their agent does at the same time. */
export async function queueChapter(client: Client, out: Terminal): Promise<void> {
  out.heading('Jobs that wait their turn')
  out.line(`The agent count@1.0.0 does one job at a time here, and gets ${JOBS}.`)
  const jobs = await Promise.all(
    Array.from({ length: JOBS }, () => client.submit(count, { to: 20, delayMs: 10 })),
  )
  const ended: number[] = []
  await Promise.all(jobs.map((job, i) => tell(job, i + 1, ended, out)))
  if (!ended.every((number, i) => number === i + 1)) {
    throw new Fail(`the jobs ended in another order: ${ended.join(', ')}`)
  }
  out.success(`They ended in the order they came: ${ended.join(', ')}.`)
}

async function tell(job: Job, number: number, ended: number[], out: Terminal): Promise<void> {
  for await (const event of job.events()) {
    if (event.type === 'job.queued' && event.position > 0) {
      out.line(`  job ${number} waits at place ${event.position}`)
    } else if (event.type === 'job.started') out.line(`  job ${number} starts`)
  }
  ended.push(number)
}
