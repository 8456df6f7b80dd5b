import { defineConfig } from 'tsup'
import { base } from '../../tsup.base'

export default defineConfig({
  ...base,
  entry: ['src/index.ts'],
  // A page's compiler knows of disposing only if it is told.
  dts: { banner: '/// <reference lib="esnext.disposable" />' },
})
