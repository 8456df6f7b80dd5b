import { runAgent } from '@arcp/runtime'
import { counter } from './hosting'

export async function progressOf(dir: string): Promise<number[]> {
  const run = await runAgent(counter, { dir }, { lease: { 'tool.call': ['list'] } })
  if (run.state !== 'completed') throw run.error
  return run.events.flatMap((event) => (event.type === 'job.progress' ? [event.current] : []))
}
