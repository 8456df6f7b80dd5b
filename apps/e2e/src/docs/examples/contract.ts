import { agent } from '@arcp/protocol'
import * as v from 'valibot'

export const report = agent({
  name: 'report',
  version: '1.0.0',
  description: 'Counts the files of a directory.',
  input: v.object({ dir: v.string() }),
  output: v.object({ files: v.number() }),
})
