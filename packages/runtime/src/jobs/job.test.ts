import { InternalError } from '@arcp/protocol'
import { expect, it } from 'vitest'
import { Job } from './job'
import { JobLog } from './log'

it('R-LIF-6: the first ending cause stays the only one', async () => {
  const job = new Job(
    {
      id: 'job_1',
      agent: 'a@1',
      scope: { principal: 'ada', chain: [] },
      lease: {},
      traceId: 't',
      createdAt: 0,
      log: new JobLog('job_1', { logEvents: 10, logSize: 10_000 }),
    },
    'sess_1',
  )
  expect(job.ending).toBeUndefined()
  expect(job.end({ cause: 'cancel', reason: 'first' })).toBe(true)
  expect(job.end({ cause: 'returned' })).toBe(false)
  expect(job.end({ cause: 'threw', error: new InternalError('late') })).toBe(false)
  expect(job.ending).toEqual({ cause: 'cancel', reason: 'first' })
  expect(await job.ended).toBe(job.ending)
})
