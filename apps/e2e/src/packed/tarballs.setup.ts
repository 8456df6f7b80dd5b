import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { published, workspace } from './published'
import { pnpm } from './run'

declare module 'vitest' {
  interface ProvidedContext {
    /** Package name → path of its tarball. */
    tarballs: Record<string, string>
  }
}

/** Packs every published package once for all test files of this folder. Needs `pnpm build` to have run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'arcp-tarballs-'))
  const filters = published.map(({ name }) => `--filter=${name}`)
  const report = await pnpm(
    ['--recursive', ...filters, 'pack', '--json', `--pack-destination=${directory}`],
    workspace,
  )
  const packed = JSON.parse(report) as { name: string; filename: string; files: { path: string }[] }[]
  for (const { name, files } of packed)
    if (!files.some(({ path }) => path.startsWith('dist/')))
      throw new Error(`${name} has no dist to pack: run pnpm build`)
  project.provide('tarballs', Object.fromEntries(packed.map(({ name, filename }) => [name, filename])))
  return () => rm(directory, { recursive: true, force: true })
}
