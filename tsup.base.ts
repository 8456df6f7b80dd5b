import type { Options } from 'tsup'

/** What every published package builds: ESM with declarations and source maps, in silence unless it fails. */
export const base: Options = {
  format: 'esm',
  target: 'es2022',
  dts: true,
  sourcemap: true,
  clean: true,
  treeshake: true,
  silent: true,
}
