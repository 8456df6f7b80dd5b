import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Row } from '../row'

/** What a page has to say to be a client. */
const PAGE = `export { connect } from '@arcp/client'
export { webSocket } from '@arcp/transport-ws'`

export const size: Row = {
  name: 'size',
  title: 'browser client, minified and gzipped',
  unit: 'kB',
  against: 'limit',
  aim: { atMost: 12 },
  size: 1,
  async alone() {
    // Here and not above: the other rows' processes need no bundler.
    const { build } = await import('esbuild')
    const { outputFiles } = await build({
      stdin: { contents: PAGE, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
      bundle: true,
      write: false,
      minify: true,
      format: 'esm',
      platform: 'browser',
      conditions: conditions(),
    })
    return { value: gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length / 1000 }
  },
}

/** Sources where this runs from sources, what is published otherwise. */
function conditions(): string[] {
  return import.meta.url.endsWith('.ts') ? ['@arcp/source'] : []
}
