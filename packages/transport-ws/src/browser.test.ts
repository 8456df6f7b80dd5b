import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

test('a browser bundle gets the platform variant: nothing of ws or Node, at most 2.5 kB gzipped', async () => {
  const result = await build({
    stdin: {
      contents: `import { webSocket } from '@arcp/transport-ws'; globalThis.dialer = webSocket('ws://localhost/arcp')`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['@arcp/source'],
    external: ['ws', 'node:*'],
    metafile: true,
    write: false,
  })
  const imports = Object.values(result.metafile.outputs).flatMap((output) => output.imports)
  expect(imports).toEqual([])
  const inputs = Object.keys(result.metafile.inputs)
  expect(inputs.some((input) => input.endsWith('transport-ws/src/browser.ts'))).toBe(true)
  expect(gzipSync(result.outputFiles[0]?.contents ?? '').length).toBeLessThanOrEqual(2_500)
})
