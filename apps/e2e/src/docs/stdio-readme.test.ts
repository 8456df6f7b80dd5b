import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { programs } from '@arcp/testkit'
import { expect, it } from 'vitest'
import { codeBlocks } from './markdown'
import { read } from './repository'

const readme = read('packages/transport-stdio/README.md')

it('shows in the README of stdio the code that is run here, and no other', () => {
  expect(codeBlocks(readme, 'ts')).toEqual(
    ['server', 'client'].map((name) => read(`apps/e2e/src/docs/examples/stdio/${name}.ts`)),
  )
})

it('starts a runtime, has it work and ends it as the README does', async () => {
  await using built = await programs(
    new URL('./examples/stdio/server.ts', import.meta.url),
    new URL('./examples/stdio/client.ts', import.meta.url),
  )
  const run = promisify(execFile)
  const { stdout, stderr } = await run(process.execPath, ['client.mjs'], { cwd: built.directory })
  expect(readme).toContain(`\`\`\`\n${stderr}${stdout}\`\`\`\n`)
  expect(stdout).toBe('IS ANYBODY THERE\n')
})
