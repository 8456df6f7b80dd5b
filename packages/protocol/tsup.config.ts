import { defineConfig } from 'tsup'
import { base } from '../../tsup.base'

export default defineConfig({
  ...base,
  entry: [
    'src/index.ts',
    'src/transport/index.ts',
    'src/store/index.ts',
    'src/observe/index.ts',
    'src/lease/index.ts',
  ],
})
