import { expect, inject, it } from 'vitest'
import { locate } from '../docs/repository'
import { report } from './findings'
import { theirClientOverStdio, theirRuntimeOverStdio } from './stdio'
import { theirClient } from './their-client'
import { theirRuntime } from './their-runtime'

const python = inject('python')
theirClient(python)
theirRuntime(python)
theirClientOverStdio(python)
theirRuntimeOverStdio(python)

it('docs/interop.md says what was found here', async () => {
  await expect(report()).toMatchFileSnapshot(locate('docs/interop.md'))
})
