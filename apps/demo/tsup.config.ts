import { defineConfig } from 'tsup'
import { base } from '../../tsup.base'

export default defineConfig([
  { ...base, dts: false, entry: ['src/cli.ts'], clean: ['!public/**'] },
  {
    ...base,
    dts: false,
    entry: ['src/try-it/try-it.ts'],
    outDir: 'dist/public',
    publicDir: 'public',
    platform: 'browser',
    minify: true,
    sourcemap: false,
    // All in one file, and from the sources: the packages may be building at the same time.
    noExternal: [/.*/],
    esbuildOptions: (options) => {
      options.conditions = ['@arcp/source']
    },
  },
])
