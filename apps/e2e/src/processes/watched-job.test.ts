import { expect, test } from 'vitest'
import { startScript } from './script'

test('a process whose exporters never answer ends by itself when its runtime and client are closed', async () => {
  await using script = await startScript(new URL('./watched-job.ts', import.meta.url), {})
  expect(await script.next(() => true)).toEqual({ result: 'done' })
  expect(await script.exited).toBe(0)
})
