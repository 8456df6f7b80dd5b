import { systemClock } from '@arcp/protocol'
import { TestClock } from '@arcp/testkit'

/** A clock whose time stands still until a test moves it, while everything else goes on by itself. */
export function handClock(): TestClock {
  return Object.assign(new TestClock(), { defer: systemClock.defer })
}
