import { generateKeyPairSync } from 'node:crypto'
import { createRuntime, staticTokens } from '@arcp/runtime'
import { webSocket } from '@arcp/transport-ws'
import { listen } from '@arcp/transport-ws/server'
import { askAgent } from '../agents/ask'
import { countAgent } from '../agents/count'
import { linesAgent } from '../agents/lines'
import { reportAgent } from '../agents/report'
import { researchAgent } from '../agents/research'
import type { TourOptions } from '../commands'
import { virtualKeys } from '../keys/virtual-keys'
import { startModelServer } from '../model-server/model-server'
import { version } from '../package-version'
import { startTracing } from '../trace/tracing'
import { startArchive } from './archive-runtime'
import { budgetChapter } from './budget-chapter'
import { cancelChapter } from './cancel-chapter'
import { connectUntil } from './connect-until'
import { delegateChapter } from './delegate-chapter'
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
 * half-way, one refused; what its lease keeps a job from: other files, more money, more time; one that shares out its work
 * and its money; jobs that wait, one that is submitted twice, and a list of them all. In the end it may show the spans of
 * all that. Nothing leaves the machine unless the environment says where spans are to go.
 */
export async function runTour({ dir, trace = false, env = {}, out, signal }: TourOptions): Promise<void> {
  const token = 'demo-token'
  await using tracing = trace ? startTracing(env) : undefined
  const watched = tracing ? { observe: tracing.observe } : {}
  const inside = tracing?.span ?? (<T>(_: string, run: () => Promise<T>) => run())
  await using models = await startModelServer()
  const name = 'arcp-demo'
  const privateKey = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  await using runtime = createRuntime({
    name,
    version,
    auth: staticTokens({ [token]: 'visitor@example.com' }),
    fsRoot: dir,
    agents: [reportAgent(dir), linesAgent, { ...countAgent, maxRunning: 1 }, askAgent(models.endpoint)],
    delegation: { key: { algorithm: 'EdDSA', privateKey } },
    credentials: [virtualKeys(models.keys)],
    logger: quiet,
    ...watched,
  })
  const keys = await runtime.delegationKeys()
  await using archive = await startArchive({ issuer: name, algorithm: 'EdDSA', keys }, watched)
  runtime.agents.add(researchAgent(archive))
  await using server = await listen(runtime, { port: 0 })
  const dialer = webSocket(server.url)
  await using client = await connectUntil(dialer, { token, signal, ...watched })
  out.heading('A client and a runtime')
  out.line(`The runtime listens at ${server.url}; the client is connected over a real WebSocket.`)
  out.line(`It offers ${client.agents.map((agent) => agent.name).join(', ')}.`)

  try {
    await inside('tour', async () => {
      await inside('report', () => reportChapter(client, dir, out))
      await inside('survive', () => surviveChapter(dialer, client, { token, signal, out, ...watched }))
      await inside('cancel', () => cancelChapter(client, out))
      await inside('refuse', () => refusedChapter(client, out))
      await inside('deny', () => deniedChapter(client, out))
      await inside('budget', () => budgetChapter(client, out))
      await inside('expire', () => expiredChapter(client, out))
      await inside('delegate', () => delegateChapter(client, out))
      await inside('queue', () => queueChapter(client, out))
      await inside('twice', () => twiceChapter(client, out))
      await inside('list', () => listChapter(client, out))
    })
    await tracing?.show(out)
    out.line('')
    out.success('The tour is over. To try it yourself: pnpm demo serve')
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
