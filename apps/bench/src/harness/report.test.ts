import { expect, test } from 'vitest'
import type { Row } from '../row'
import { insertTable, toJson, toMarkdown } from './report'
import { resultOf } from './result'

const machine = {
  cpu: 'Abacus',
  cpuCount: 2,
  memoryGib: 4,
  system: 'linux',
  pinned: { server: 0, client: 1 },
  versions: { node: '20.19.0', ws: '8.0.0' },
}
const base = { name: 'beads', title: 'beads', unit: 'beads/s', size: 1 }
const fast: Row = { ...base, against: 'loop', aim: { atLeast: 1 } }

test('compares the runs in pairs, and tells median and range', () => {
  const ours = [
    { value: 2000, cpuMicros: 1 },
    { value: 3000, cpuMicros: 2 },
    { value: 1000, cpuMicros: 3 },
  ]
  const loop = ours.map(() => ({ value: 1000, cpuMicros: 2 }))
  const result = resultOf({ row: fast, size: 1, ours, loop })
  expect(result).toMatchObject({ ratio: { median: 2, min: 1, max: 3 }, met: true })
  expect(toMarkdown([result], machine)).toContain(
    '| beads | 2,000 beads/s (1,000 to 3,000) | 1,000 beads/s | 2.00 × (1.00 to 3.00) | ≥ 1 × | 1.00 × (0.50 to 1.50) | met |',
  )
})

test('says which rows fall short of their aim', () => {
  const result = resultOf({ row: fast, size: 1, ours: [{ value: 9 }], loop: [{ value: 10 }] })
  expect(toMarkdown([result], machine)).toContain(
    '| beads | 9.00 beads/s | 10.0 beads/s | 0.90 × | ≥ 1 × |  | **short** |',
  )
})

test('compares with idle times, and with limits', () => {
  const busy: Row = { ...base, against: 'idle', aim: { atMost: 10 } }
  const idle = resultOf({
    row: busy,
    size: 1,
    ours: [{ value: 8, idle: 2 }],
    loop: [{ value: 100, idle: 1 }],
  })
  expect(idle).toMatchObject({ ratio: { median: 4 }, loopRatio: { median: 100 }, met: true })
  const small: Row = { ...base, against: 'limit', aim: { atMost: 12 }, unit: 'kB' }
  const limit = resultOf({ row: small, size: 1, ours: [{ value: 12.1 }], loop: [] })
  expect(limit.met).toBe(false)
  expect(toMarkdown([idle, limit], machine)).toContain('| beads | 12.1 kB |  |  | ≤ 12 kB |  | **short** |')
})

test('replaces what a page has between its marks, and nothing else', () => {
  const page = 'before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n'
  expect(insertTable(page, 'new\n')).toBe('before\n<!-- bench -->\nnew\n<!-- /bench -->\nafter\n')
  expect(insertTable('', 'new\n')).toBe('new\n')
})

test('tells the machine, its versions and its pinning, for people and for programs', () => {
  expect(toMarkdown([], machine)).toContain(
    '2 × Abacus, 4 GiB, linux; Node 20.19.0, ws 8.0.0; servers pinned to core 0',
  )
  expect(toMarkdown([], { ...machine, pinned: undefined })).toContain('nothing pinned')
  expect(JSON.parse(toJson([], machine))).toEqual({ machine, rows: [] })
})
