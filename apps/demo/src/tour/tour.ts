import { createRuntime, staticTokens } from '@arcp/runtime'
import { webSocket } from '@arcp/transport-ws'
import { listen } from '@arcp/transport-ws/server'
import { askAgent } from '../agents/ask'
import { countAgent } from '../agents/count'
import { linesAgent } from '../agents/lines'
import { reportAgent } from '../agents/report'
import type { TourOptions } from '../commands'
import { startModelServer } from '../model-server/model-server'
import { version } from '../package-version'
import { budgetChapter } from './budget-chapter'
import { cancelChapter } from './cancel-chapter'
import { connectUntil } from './connect-until'
import { deniedChapter } from './denied-chapter'
import { expiredChapter } from './expired-chapter'
import { listChapter } from './list-chapter'
import { queueChapter } from './queue-chapter'
import { refusedChapter } from './refused-chapter'
import { reportChapter } from './report-chapter'
import { surviveChapter } from './survive-chapter'
import { twiceChapter } from './twice-chapter'

/**
 * Tells in the terminal how jobs run: a report on a directory, a job that outlives its connections, one cancelled
 * half-way, one refused; what its lease keeps a job from: other files, more money, more time; jobs that wait, one that
 * is submitted twice, and a list of them all. Nothing leaves the machine.
 */
export async function runTour({ dir, out, signal }: TourOptions): Promise<void> {
  const token = 'demo-token'
  await using models = await startModelServer()
  await using runtime = createRuntime({
    name: 'arcp-demo',
    version,
    auth: staticTokens({ [token]: 'visitor@example.com' }),
    fsRoot: dir,
    agents: [reportAgent(dir), linesAgent, { ...countAgent, maxRunning: 1 }, askAgent(models.endpoint)],
    logger: quiet,
  })
  await using server = await listen(runtime, { port: 0 })
  const dialer = webSocket(server.url)
  await using client = await connectUntil(dialer, { token, signal })
  out.heading('A client and a runtime')
  out.line(`The runtime listens at ${server.url}; the client is connected over a real WebSocket.`)
  out.line(`It offers ${client.agents.map((agent) => agent.name).join(', ')}.`)

  try {
    await reportChapter(client, dir, out)
    await surviveChapter(dialer, client, { token, signal, out })
    await cancelChapter(client, out)
    await refusedChapter(client, out)
    await deniedChapter(client, out)
    await budgetChapter(client, out)
    await expiredChapter(client, out)
    await queueChapter(client, out)
    await twiceChapter(client, out)
    await listChapter(client, out)
    out.line('')
    out.success('The tour is over. To try it yourself: pnpm demo serve')
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
