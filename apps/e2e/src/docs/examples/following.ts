import { connect } from '@arcp/client'
import { webSocket } from '@arcp/transport-ws'
import { report } from './contract'

export async function countFiles(url: string, dir: string, show: (line: string) => void): Promise<number> {
  await using client = await connect(webSocket(url), { token: 'demo-token' })
  const job = await client.submit(report, { dir })
  for await (const event of job.events()) {
    if (event.type === 'job.progress') show(`${event.current} of ${event.total}`)
  }
  const { files } = await job.result()
  return files
}
