import { createHash } from 'node:crypto'
import { connect } from '@arcp/client'
import { webSocket } from '@arcp/transport-ws'
import { type Peak, watchPeak } from './peak'

/** What a client says of the film it has got. */
export interface Said {
  readonly bytes: number
  readonly sha256: string
  readonly memory: Peak
}

/** Streams a small result, so that all is loaded, and then one as large as it is told. */
async function main(): Promise<void> {
  const [, , url = '', bytes = ''] = process.argv
  const client = await connect(webSocket(url), { token: 't' })
  const take = async (size: number): Promise<Said> => {
    const watch = watchPeak()
    const job = await client.submit('film', size)
    const hash = createHash('sha256')
    let taken = 0
    for await (const piece of job.resultStream()) {
      hash.update(piece)
      taken += piece.length
    }
    return { bytes: taken, sha256: hash.digest('hex'), memory: watch.end() }
  }
  process.send?.(await take(Number(bytes) / 100))
  process.send?.(await take(Number(bytes)))
  await client.close()
  process.disconnect()
}

void main()
