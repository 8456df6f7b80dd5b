import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { describe, expect, inject, it } from 'vitest'
import { published } from './published'
import { run } from './run'

const tarballs = inject('tarballs')
const names = published.map(({ name }) => name)

/** Every string in a JSON value, keys included. */
function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [key, ...strings(inner)])
}

describe.each(names)('the tarball of %s', (name) => {
  const tarball = tarballs[name] as string

  it('R-PKG-1 names no workspace range and no source condition', async () => {
    const manifest: unknown = JSON.parse(
      await run('tar', ['-xzOf', tarball, 'package/package.json'], tmpdir()),
    )
    expect(manifest).toMatchObject({ name, license: 'Apache-2.0' })
    expect(
      strings(manifest).filter((text) =>
        /^(workspace|catalog|link|file):|^@arcp\/source$|\bsrc\//.test(text),
      ),
    ).toEqual([])
  })

  it('holds a readme, a license and what was built, and nothing else', async () => {
    const paths = (await run('tar', ['-tzf', tarball], tmpdir())).trim().split('\n')
    expect(paths).toEqual(
      expect.arrayContaining(['package/README.md', 'package/LICENSE', 'package/package.json']),
    )
    expect(
      paths.filter(
        (path) =>
          !/^package\/(dist\/.+\.(js|js\.map|d\.ts)|README\.md|CHANGELOG\.md|LICENSE|package\.json)$/.test(
            path,
          ),
      ),
    ).toEqual([])
  })

  it('R-PKG-3 satisfies publint', async () => {
    const file = await readFile(tarball)
    const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(file).buffer }, strict: true })
    expect(messages.map((message) => formatMessage(message, pkg ?? {}, { color: false }))).toEqual([])
  })

  it('R-PKG-3 resolves to types that agree with the code, for those who import ES modules', async () => {
    const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(await readFile(tarball))))
    if (!analysis.types) throw new Error(`${name} has no types`)
    const problems = analysis.problems.filter(
      (problem) =>
        !('resolutionKind' in problem) || ['node16-esm', 'bundler'].includes(problem.resolutionKind),
    )
    expect(problems).toEqual([])
  })
})
