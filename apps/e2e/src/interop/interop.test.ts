import { expect, inject, it } from 'vitest'
import { locate } from '../docs/repository'
import { childRuntimes } from './child-runtime'
import { report } from './findings'
import { keys } from './keys'
import { links } from './links'
import { theirClient } from './their-client'
import { theirRuntime } from './their-runtime'

const python = inject('python')
for (const link of links) {
  theirClient(python, link)
  theirRuntime(python, link)
  keys(python, link)
}
childRuntimes(python)

it('docs/interop.md says what was found here', async () => {
  await expect(report()).toMatchFileSnapshot(locate('docs/interop.md'))
})
