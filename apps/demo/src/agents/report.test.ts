import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lease } from '@arcp/protocol'
import { runAgent } from '@arcp/runtime'
import { expect, test } from 'vitest'
import { tempTree } from '../testing/temp-tree'
import { reportAgent } from './report'

const tree = { 'work/a.txt': 'one\n', 'work/sub/b.txt': 'two\nthree\n', 'secret.txt': 'secret\n' }

/** Reports on a directory of the tree, whose `work` is what the runtime serves. */
async function reported(dir: string, lease: Lease) {
  await using files = await tempTree(tree)
  const root = join(files.path, 'work')
  await symlink('../secret.txt', join(root, 'link'))
  await symlink('..', join(root, 'up'))
  return await runAgent(reportAgent(root), { dir }, { lease, fsRoot: root })
}

const everything = { 'fs.read': ['**'] }

test('a report is on what its lease covers', async () => {
  const { state, result, events } = await reported('.', everything)
  expect(state).toBe('completed')
  expect(result).toMatch(/^# Report on `work`\n/)
  expect(events.at(-1)).toMatchObject({ summary: '2 files, 3 lines, 3 words' })
  expect(events.filter(({ type }) => type === 'job.tool_result')).toEqual([])
})

test('what the lease does not cover is left out, and the report says so', async () => {
  const { state, result, events } = await reported('.', {
    'fs.read': ['', 'a.txt'].map((path) => `./${path}`),
  })
  expect(state).toBe('completed')
  expect(events.at(-1)).toMatchObject({ summary: '1 files, 1 lines, 1 words' })
  expect(result).toMatch(/- `sub\/`: `PERMISSION_DENIED`/)
  expect(events.filter(({ type }) => type === 'job.tool_result')).toMatchObject([
    { error: { code: 'PERMISSION_DENIED' } },
  ])
})

test.each(['..', 'up', '/', '../work-b'])('a directory outside the lease is denied: %s', async (dir) => {
  const { state, error } = await reported(dir, everything)
  expect([state, error]).toMatchObject(['failed', { code: 'PERMISSION_DENIED' }])
})

test.each([
  ['nowhere', 'there is no directory nowhere'],
  ['a.txt', 'a.txt is no directory'],
])('what is no directory is told: %s', async (dir, message) => {
  const { events } = await reported(dir, everything)
  expect(events.at(-1)).toMatchObject({
    error: { code: 'INVALID_REQUEST', message: `input.dir: ${message}` },
  })
})

test('nothing is read without a lease', async () => {
  const { state, error } = await reported('.', {})
  expect([state, error]).toMatchObject(['failed', { code: 'PERMISSION_DENIED' }])
})
