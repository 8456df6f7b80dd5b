import { expect, it } from 'vitest'
import { emptyProject } from './empty-project'
import { published, specifiers } from './published'

it.each(published)(
  'R-PKG-2 $name installs from its tarball alone and imports each of its exports',
  async (manifest) => {
    await using project = await emptyProject([manifest.name])
    const printed = await project.node(`
    const counts = {}
    for (const specifier of ${JSON.stringify(specifiers(manifest))})
      counts[specifier] = Object.keys(await import(specifier)).length
    console.log(JSON.stringify(counts))`)
    const counts: Record<string, number> = JSON.parse(printed)
    expect(Object.keys(counts)).toEqual(specifiers(manifest))
    expect(counts[manifest.name]).toBeGreaterThan(0)
  },
)
