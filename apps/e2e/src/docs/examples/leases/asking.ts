import type { Client } from '@arcp/client'

export async function notesOf(client: Client, day: string): Promise<unknown> {
  const lease = { 'fs.read': ['notes/**'], 'cost.budget': ['USD:1.50'] }
  const job = await client.submit('notes', { day }, { lease, expiresInS: 90 })
  return job.result()
}
