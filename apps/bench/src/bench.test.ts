import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { resultOf } from './harness/result'
import { measure } from './harness/run'
import type { Reading, Row } from './row'
import { rows } from './rows'

let directory = ''
let worker = ''

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'arcp-bench-'))
  worker = join(directory, 'worker.cjs')
  await build({
    entryPoints: [fileURLToPath(new URL('./harness/worker.ts', import.meta.url))],
    outfile: worker,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    conditions: ['@arcp/source'],
    external: ['esbuild'],
    logLevel: 'error',
  })
})

afterAll(() => rm(directory, { recursive: true }))

const isNumber = ({ value }: Reading) => Number.isFinite(value)

// A run rejects when counts or digests are not what was sent.
/** Small sizes; but a handful of sessions fits into what a process has already. */
function sizeOf(row: Row): number {
  return row.name === 'memory' ? 1_000 : 20
}

test.each(rows.map((row) => [row.name, row] as const))(
  'measures %s, ours and the loop, with what was sent arriving whole',
  async (_name, row) => {
    const measured = await measure(row, { worker, cores: undefined, runs: 1, scale: sizeOf(row) / row.size })
    expect(measured.ours).toSatisfy((readings: Reading[]) => readings.every(isNumber))
    expect(measured.loop).toSatisfy((readings: Reading[]) => readings.every(isNumber))
    expect(measured.ours).toHaveLength(1)
    expect(measured.loop).toHaveLength(row.sides ? 1 : 0)
    expect(resultOf(measured).ratio.median).not.toBeNaN()
  },
  30_000,
)
