import { CancelledError } from '@arcp/protocol'
import { expect, it } from 'vitest'
import { conversation, SESSION } from '../testing/conversation'

it('asks with the reason, and resolves with the state the request found', async () => {
  await using talk = await conversation()
  const job = await talk.job('job_1')
  const cancelling = job.cancel('enough')
  const { id, ...cancel } = await talk.peer.next('job.cancel')
  expect(cancel).toEqual({
    arcp: '1.1',
    type: 'job.cancel',
    session_id: SESSION,
    job_id: 'job_1',
    payload: { job_id: 'job_1', reason: 'enough' },
  })
  talk.say('job.cancel_accepted', { request_id: id, job_id: 'job_1', status: 'running' })
  expect(await cancelling).toBe('running')
  talk.event('job_1', 'job.cancelled', 1, { reason: 'enough' })
  const error: unknown = await job.result().catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(CancelledError)
  expect(error).toMatchObject({ message: 'the job was cancelled: enough', details: { reason: 'enough' } })
})

it('resolves before the terminal that follows on the wire is seen', async () => {
  await using talk = await conversation()
  const job = await talk.job('job_1')
  const seen: string[] = []
  const reading = job
    .events()
    .next()
    .then(({ value }) => seen.push(value?.type ?? 'end'))
  const cancelling = job.cancel().then((state) => seen.push(state))
  const { id } = await talk.peer.next('job.cancel')
  talk.say('job.cancel_accepted', { request_id: id, job_id: 'job_1', status: 'running' })
  talk.event('job_1', 'job.cancelled', 1)
  await Promise.all([reading, cancelling])
  expect(seen).toEqual(['running', 'job.cancelled'])
})

it('can be asked after the end, and more than once', async () => {
  await using talk = await conversation()
  const job = await talk.job('job_1')
  talk.event('job_1', 'job.completed', 1, { result: 3 })
  expect(await job.result()).toBe(3)
  const calls = [job.cancel(), job.cancel()]
  for (let n = 0; n < 2; n++) {
    const { id } = await talk.peer.next('job.cancel')
    talk.say('job.cancel_accepted', { request_id: id, job_id: 'job_1', status: 'completed' })
  }
  expect(await Promise.all(calls)).toEqual(['completed', 'completed'])
})

it('says that a job was cancelled where no reason is known', async () => {
  await using talk = await conversation()
  const job = await talk.job('job_1')
  talk.event('job_1', 'job.cancelled', 1)
  await expect(job.result()).rejects.toThrow('the job was cancelled')
})
