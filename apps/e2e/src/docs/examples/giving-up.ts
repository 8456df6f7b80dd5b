import type { Client } from '@arcp/client'
import { ConnectionError, isArcpError } from '@arcp/protocol'

export async function ask(client: Client, question: string, signal: AbortSignal): Promise<string> {
  try {
    const job = await client.submit<string>('oracle', question, { signal, maxRuntimeSec: 60 })
    return await job.result()
  } catch (error) {
    if (isArcpError(error, 'CANCELLED')) return 'never mind'
    if (isArcpError(error, 'INVALID_REQUEST')) return `badly asked: ${error.message}`
    if (error instanceof ConnectionError) return 'the line is dead'
    throw error
  }
}
