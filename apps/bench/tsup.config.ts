import { defineConfig } from 'tsup'
import { base } from '../../tsup.base'

export default defineConfig({
  ...base,
  dts: false,
  entry: ['src/cli.ts', 'src/harness/worker.ts', 'src/surroundings/cli.ts'],
})
