import { expect, it } from 'vitest'
import { withEventTable } from './event-table'
import { locate, read } from './repository'

it('docs/protocol.md has the table of events as the schemas make it; `pnpm docs:events` brings it up to date', async () => {
  await expect(withEventTable(read('docs/protocol.md'))).toMatchFileSnapshot(locate('docs/protocol.md'))
})
