import { startRelay, testAcceptor, transportContract } from '@arcp/testkit'
import { serveStdio, spawnRuntime } from './index'

async function join(maxFrameBytes: number) {
  const acceptor = testAcceptor(maxFrameBytes)
  const relay = await startRelay((socket) => void serveStdio(acceptor, { input: socket, output: socket }))
  const dialer = spawnRuntime(relay.command, relay.args, { maxFrameBytes })
  const parent = await dialer.open(new AbortController().signal)
  const { transport: child } = await acceptor.next()
  return { parent, child, [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose]() }
}

/** All that a pipe tells of a close is that it came. */
const options = {
  carried: () => 1000,
  carriesReason: false,
  frame: (text: string) => JSON.stringify({ text }),
}

transportContract(
  'stdio, from parent to child',
  async ({ maxFrameBytes }) => {
    const { parent, child, ...rest } = await join(maxFrameBytes)
    return { left: parent, right: child, ...rest }
  },
  options,
)

transportContract(
  'stdio, from child to parent',
  async ({ maxFrameBytes }) => {
    const { parent, child, ...rest } = await join(maxFrameBytes)
    return { left: child, right: parent, ...rest }
  },
  options,
)
