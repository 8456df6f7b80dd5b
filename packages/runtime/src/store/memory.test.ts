import { faultyStore, storeContract, TestClock } from '@arcp/testkit'
import { memoryStore } from './memory'

storeContract('memory', async () => memoryStore())

storeContract('memory behind a faulty store without orders', async () =>
  faultyStore(memoryStore(), new TestClock()),
)
