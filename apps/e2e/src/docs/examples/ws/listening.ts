import type { Runtime } from '@arcp/runtime'
import { listen, type Server } from '@arcp/transport-ws/server'

export async function serve(runtime: Runtime, port: number): Promise<Server> {
  const server = await listen(runtime, { port })
  console.log(`listening at ${server.url}`) // ws://127.0.0.1:7777/arcp
  return server
}
