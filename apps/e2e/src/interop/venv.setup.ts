import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { locate } from '../docs/repository'
import { run } from '../packed/run'

declare module 'vitest' {
  interface ProvidedContext {
    /** The Python interpreter that has the SDK. */
    python: string
  }
}

const SDK = 'agentruntimecontrolprotocol==1.1.3'

/** Makes a virtual environment that holds the Python SDK, unless an earlier run has. */
export default async function setup(project: TestProject): Promise<void> {
  const directory = locate(`node_modules/.cache/interop/${SDK}`)
  const python = join(directory, 'bin/python')
  if (!existsSync(python)) {
    // Elsewhere first, so that one left half done is not taken for whole.
    const making = `${directory}.${process.pid}`
    await mkdir(dirname(directory), { recursive: true })
    await run('python3', ['-m', 'venv', making], locate(''))
    await run(join(making, 'bin/python'), ['-m', 'pip', 'install', '--quiet', SDK], locate(''))
    await rm(directory, { recursive: true, force: true })
    await rename(making, directory)
  }
  project.provide('python', python)
}
