import { join } from 'node:path'
import { startDemoServer } from '@arcp/demo/testing'
import { expect, test } from 'vitest'
import type { Said } from './note-taker'
import { readNotes } from './notes'
import { startScript } from './script'
import { temporaryDirectory } from './temporary-directory'

const NOTE_TAKER = new URL('./note-taker.ts', import.meta.url)
/** Enough that the job still runs when the last client comes, however long its process takes to start. */
const STEPS = 300

test('a client killed while its job streams, and started again with the saved token, gets exactly the rest', async () => {
  await using server = await startDemoServer()
  await using directory = await temporaryDirectory()
  const file = join(directory.path, 'notes')
  const start = () => startScript<Said>(NOTE_TAKER, { args: [server.runtime, file, String(STEPS)] })

  for (const moment of [40, 80]) {
    await using client = await start()
    await client.next((said) => 'noted' in said && said.noted >= moment)
    await client.kill()
    expect(await client.exited).toBeNull()
  }
  await using last = await start()
  expect(await last.next((said) => 'result' in said)).toEqual({ result: { counted: STEPS } })
  expect(await last.exited).toBe(0)

  const notes = readNotes(file)
  expect(new Set(notes.map(({ jobId }) => jobId)).size).toBe(1)
  expect(new Set(notes.map(({ pid }) => pid)).size).toBe(3)
  expect(notes.map(({ seq }) => seq)).toEqual(notes.map((_, i) => i + 1))
  expect(notes.flatMap(({ current }) => current ?? [])).toEqual(
    Array.from({ length: STEPS }, (_, i) => i + 1),
  )
  // That each of the two that came later has taken the job over is an event, too.
  const others = notes.flatMap(({ type }) => (type === 'job.progress' ? [] : [type]))
  expect(others).toEqual(['job.queued', 'job.started', 'job.status', 'job.status', 'job.completed'])
})
