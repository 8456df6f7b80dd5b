import { expect, test } from 'vitest'
import { eventPath } from './event-path'
import { watchers } from './watchers'

// It rejects when not all events were sent.
test.each(Object.entries(watchers))('measures an event of a runtime watched by %s', async (_, watcher) => {
  expect(await eventPath(20, watcher())).toSatisfy(Number.isFinite)
})
