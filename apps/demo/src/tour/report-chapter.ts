import { createWriteStream } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Client, Job } from '@arcp/client'
import { report } from '../agents/contracts'
import type { Terminal } from '../terminal/terminal'
import { visible } from '../visible'

/** Lets an agent report on a directory, and writes its report to a file. */
export async function reportChapter(client: Client, dir: string, out: Terminal): Promise<void> {
  out.heading('A job that does real work')
  out.line(`The agent report@1.0.0 reads ${visible(dir)}, and streams its report while it writes it.`)
  const job = await client.submit(report, { dir: '.' }, { lease: { 'fs.read': ['**'] } })
  const file = join(await mkdtemp(join(tmpdir(), 'arcp-report-')), `${basename(dir) || 'root'}.md`)
  const [, summary] = await Promise.all([
    pipeline(job.resultStream(), createWriteStream(file)),
    showProgress(job, out),
  ])
  out.success(`${summary ?? 'Done'}; the report is in ${visible(file)}`)
}

/** Shows the job's progress until it ends; resolves with its summary. */
async function showProgress(job: Job<unknown>, out: Terminal): Promise<string | undefined> {
  const progress = out.progress('report')
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
