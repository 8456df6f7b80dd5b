import type { Client } from '@arcp/client'
import type { Terminal } from '../terminal/terminal'

/** Lists what the chapters before have left. */
export async function listChapter(client: Client, out: Terminal): Promise<void> {
  out.heading('A list of jobs')
  let listed = 0
  for await (const { agent, status, error_code: code, last_seq: events } of client.listJobs()) {
    const outcome = code === undefined ? status : `${status}, ${code}`
    out.line(`  ${agent.padEnd(14)} ${String(events).padStart(5)} events  ${outcome}`)
    listed++
  }
  let completed = 0
  for await (const _ of client.listJobs({ status: ['completed'] })) completed++
  out.success(
    `${listed} jobs, the newest first; asked for those that completed, the runtime lists ${completed}.`,
  )
}
