import { type AnySchema, agent } from '@arcp/protocol'
import { gate } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { eventOf, harness, outcome, refusal, submitted, terminalOf } from '../testing/harness'
import { implement } from './implement'

const version = (version: string, end: Promise<unknown> = Promise.resolve()) =>
  implement(agent({ name: 'rolling', version }), async () => {
    await end
    return version
  })

async function offered(h: ReturnType<typeof harness>) {
  const peer = h.dial()
  const { payload } = await peer.hello()
  return (payload.capabilities as { agents: unknown[] }).agents
}

describe('a runtime whose agents change while it runs', () => {
  it('gives a bare name its new default, tells the next welcome, and leaves running jobs their version', async () => {
    const end = gate()
    await using h = harness({ agents: [version('1.0.0', end.promise)] })
    const peer = await h.connect()
    const old = await submitted(peer, { agent: 'rolling' })
    expect(await offered(h)).toEqual([{ name: 'rolling', versions: ['1.0.0'], default: '1.0.0' }])
    h.runtime.agents.add(version('1.1.0'))
    expect(await offered(h)).toEqual([{ name: 'rolling', versions: ['1.1.0', '1.0.0'], default: '1.1.0' }])
    expect((await outcome(peer, { agent: 'rolling' })).payload.result).toBe('1.1.0')
    expect(h.runtime.agents.retire('rolling', '1.0.0')).toBe(true)
    expect(await offered(h)).toEqual([{ name: 'rolling', versions: ['1.1.0'], default: '1.1.0' }])
    end.open()
    expect((await terminalOf(peer, old.job_id)).payload.result).toBe('1.0.0')
    expect(old.payload.agent).toBe('rolling@1.0.0')
  })

  it('refuses new submits of a retired version, but answers those whose key has made a job', async () => {
    await using h = harness({ agents: [version('1.0.0'), version('1.1.0')] })
    const peer = await h.connect()
    const keyed = { agent: 'rolling@1.0.0', idempotency_key: 'k' }
    const { job_id } = await submitted(peer, keyed)
    h.runtime.agents.retire('rolling', '1.0.0')
    expect(await refusal(peer, peer.request('job.submit', { agent: 'rolling@1.0.0' }))).toMatchObject({
      code: 'AGENT_VERSION_NOT_AVAILABLE',
      details: { agent: 'rolling', version: '1.0.0', available: ['1.1.0'] },
    })
    expect((await submitted(peer, keyed)).payload).toMatchObject({ job_id, agent: 'rolling@1.0.0' })
    h.runtime.agents.retire('rolling', '1.1.0')
    expect(await refusal(peer, peer.request('job.submit', { agent: 'rolling' }))).toMatchObject({
      code: 'AGENT_NOT_AVAILABLE',
    })
  })

  it('runs with a retired version what was submitted before: what waits for its turn, and what is still being checked', async () => {
    const [end, checked] = [gate(), gate()]
    const validate = async (value: unknown) => {
      await checked.promise
      return { value }
    }
    const input: AnySchema = { '~standard': { version: 1, vendor: 'test', validate } }
    const strict = implement(agent({ name: 'strict', version: '1.0.0', input }), (value) => value)
    await using h = harness({ agents: [version('1.0.0', end.promise), strict], limits: { runningJobs: 1 } })
    const peer = await h.connect()
    const jobs = [await submitted(peer, { agent: 'rolling' }), await submitted(peer, { agent: 'rolling' })]
    expect((await eventOf(peer, jobs[1]?.job_id, 'job.queued')).payload.position).toBe(1)
    const unchecked = peer.request('job.submit', { agent: 'strict', input: 'in time' })
    peer.request('session.ping', { nonce: 'n' })
    await peer.next('session.pong')
    h.runtime.agents.retire('rolling', '1.0.0')
    h.runtime.agents.retire('strict', '1.0.0')
    h.runtime.agents.add(version('1.0.0'))
    checked.open()
    const late = await peer.next(({ payload }) => payload.request_id === unchecked)
    expect(late.payload.agent).toBe('strict@1.0.0')
    end.open()
    for (const { job_id } of jobs) expect((await terminalOf(peer, job_id)).payload.result).toBe('1.0.0')
    expect((await terminalOf(peer, late.job_id)).payload.result).toBe('in time')
  })
})
