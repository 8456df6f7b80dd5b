import { afterAll, beforeAll, vi } from 'vitest'
import { type TempTree, tempTree } from './temp-tree'

/**
 * Gives the tests of the file it is called in a directory of their own for temporary files, gone behind them: the demo
 * leaves its report there for whoever ran it.
 */
export function ownTemporaryFiles(): void {
  let tree: TempTree | undefined
  beforeAll(async () => {
    tree = await tempTree()
    vi.stubEnv('TMPDIR', tree.path)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await tree?.[Symbol.asyncDispose]()
  })
}
