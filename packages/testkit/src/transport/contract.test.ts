import { memoryPair } from '@arcp/protocol/transport'
import { transportContract } from './contract'
import { faultyTransport } from './faulty'

transportContract('memory pair', async (limits) => {
  const [left, right] = memoryPair(limits)
  return { left, right, async [Symbol.asyncDispose]() {} }
})

transportContract('memory pair behind a faulty transport without faults', async (limits) => {
  const [left, right] = memoryPair(limits)
  return { left: faultyTransport(left), right: faultyTransport(right), async [Symbol.asyncDispose]() {} }
})
