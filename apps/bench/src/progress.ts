import type { JobProgress } from '@arcp/protocol'

/** The event most rows send: how far some work is. */
export function progress(current: number, total: number): JobProgress {
  return { current, total, units: 'files', message: `read packages/example/src/file-${current % 1000}.ts` }
}
