import { connect } from '@arcp/client'
import { webSocket } from '@arcp/transport-ws'
import { readNotes, takeNote } from './notes'

/** What a note-taker says: how far the job is each time it has noted that, then the result. */
export type Said = { readonly noted: number } | { readonly result: unknown }

/** Lets a job count and notes each of its events; where there are notes, goes on with the job they end with. */
async function main(): Promise<void> {
  const [, , url = '', file = '', to = ''] = process.argv
  const last = readNotes(file).at(-1)
  const resume = last?.token === undefined ? {} : { resumeToken: last.token, afterSeq: last.seq }
  await using client = await connect(webSocket(url), { token: 'demo-token' })
  const job = await client.submit('count', { to: Number(to), delayMs: 20 }, resume)
  for await (const { seq, type, ...event } of job.events()) {
    const current = 'current' in event ? (event.current as number) : undefined
    takeNote(file, { pid: process.pid, jobId: job.id, token: job.resumeToken, seq, type, current })
    if (current !== undefined) say({ noted: current })
  }
  say({ result: await job.result() })
  process.disconnect()
}

function say(said: Said): void {
  process.send?.(said)
}

void main()
