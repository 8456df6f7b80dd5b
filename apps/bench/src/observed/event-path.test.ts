import { expect, test } from 'vitest'
import { eventPath } from './event-path'
import { watchers } from './watchers'

// It rejects when not all events were sent; those are more than a log holds.
test.each(Object.entries(watchers))('measures an event of a runtime watched by %s', async (_, watcher) => {
  expect(await eventPath(25_000, watcher())).toSatisfy(Number.isFinite)
})
