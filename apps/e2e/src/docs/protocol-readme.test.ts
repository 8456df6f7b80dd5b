import { AgentNotAvailableError, InternalError } from '@arcp/protocol'
import { expect, it } from 'vitest'
import { report } from './examples/contract'
import { advice, describe } from './examples/reading'
import { codeBlocks } from './markdown'
import { read } from './repository'

const blocks = codeBlocks(read('packages/protocol/README.md'), 'ts')

it("shows in protocol's README the code that is run here, and no other", () => {
  expect(blocks).toEqual(['contract', 'reading'].map((name) => read(`apps/e2e/src/docs/examples/${name}.ts`)))
})

it('declares an agent as the README does', () => {
  expect(report.reference).toBe('report@1.0.0')
})

it('reads events as the README does', () => {
  const header = { seq: 3, ts: '2026-01-02T03:04:05.678Z' }
  expect(describe({ ...header, type: 'job.progress', current: 1, total: 2, 'x-acme-span': 'a1' })).toBe(
    '1 of 2, span a1',
  )
  expect(describe({ ...header, type: 'job.failed', error: { code: 'TIMEOUT', message: 'late' } })).toBe(
    'failed: late',
  )
  expect(describe({ ...header, type: 'job.thought', text: 'hm' })).toBe('job.thought')
})

it('tells errors apart as the README does', () => {
  expect(advice(new AgentNotAvailableError('no agent named report'))).toBe('ask another runtime')
  expect(advice(new InternalError('too many jobs'))).toBe('try again')
  expect(advice(new TypeError('mine'))).toBe('give up')
})
