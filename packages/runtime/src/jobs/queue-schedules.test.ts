import { agent } from '@arcp/protocol'
import type { Observer } from '@arcp/protocol/observe'
import { type Gate, gate, type ScriptedPeer, TestClock } from '@arcp/testkit'
import { expect, it } from 'vitest'
import { implement } from '../agents/implement'
import { asBob, drive, harness } from '../testing/harness'
import { expectNoUnhandled } from '../testing/unhandled'

expectNoUnhandled()

const SCHEDULES = 60
const STEPS = 60

interface Seen {
  readonly principal: string
  readonly agent: string
  state: 'queued' | 'running' | 'ended'
  order: number
}

/** Chance that a seed decides. */
function chanceOf(seed: number) {
  let state = Math.imul(seed, 2_654_435_761)
  return (below: number) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0
    return (state >>> 8) % below
  }
}

/** What observers see of the jobs of a runtime, and what is wrong with it. */
function judge(bounds: { readonly running: number; readonly perPrincipal: number; readonly rare: number }) {
  const jobs = new Map<string, Seen>()
  const wrong: string[] = []
  let order = 0
  const running = (of: (job: Seen) => boolean = () => true) =>
    [...jobs.values()].filter((job) => job.state === 'running' && of(job)).length
  const room = ({ principal, agent }: Seen) =>
    Math.min(
      bounds.running - running(),
      bounds.perPrincipal - running((job) => job.principal === principal),
      agent.startsWith('rare@') ? bounds.rare - running((job) => job.agent === agent) : bounds.running,
    )
  const isFirst = (job: Seen) =>
    [...jobs.values()].every(
      (other) =>
        other.state !== 'queued' ||
        other.principal !== job.principal ||
        other.agent !== job.agent ||
        other.order >= job.order,
    )
  const observer: Observer = {
    observe(seen) {
      if (seen.type === 'job.accepted') {
        const { jobId, agent, scope } = seen.job
        jobs.set(jobId, { principal: scope.principal, agent, state: 'queued', order: order++ })
      } else if (seen.type === 'job.started' || seen.type === 'job.ended') {
        const job = jobs.get(seen.job.jobId)
        if (!job || job.state === 'ended') wrong.push(`${seen.type} of ${seen.job.jobId}`)
        else if (seen.type === 'job.ended') job.state = 'ended'
        else {
          if (job.state !== 'queued') wrong.push(`${seen.job.jobId} starts twice`)
          if (room(job) < 1) wrong.push(`${seen.job.jobId} starts, though there is no room`)
          if (!isFirst(job)) wrong.push(`${seen.job.jobId} starts before an older one`)
          job.state = 'running'
        }
      }
    },
  }
  return {
    jobs,
    wrong,
    observer,
    atRest() {
      for (const [id, job] of jobs) if (job.state === 'queued' && room(job) > 0) wrong.push(`${id} waits`)
    },
  }
}

async function play(seed: number): Promise<string[]> {
  const chance = chanceOf(seed)
  const bounds = { running: 1 + chance(4), perPrincipal: 1 + chance(3), rare: 1 + chance(2) }
  const clock = new TestClock()
  const { jobs, wrong, observer, atRest } = judge(bounds)
  const ends: Gate<unknown>[] = []
  const run = () => {
    const end = gate<unknown>()
    ends.push(end)
    return end.promise
  }
  const contract = (name: string) => agent({ name, version: '1.0.0' })
  const h = harness({
    clock,
    observe: observer,
    agents: [
      implement(contract('plain'), run),
      implement(contract('rare'), run, { maxRunning: bounds.rare }),
    ],
    limits: { runningJobs: bounds.running, runningJobsPerPrincipal: bounds.perPrincipal, cancelGraceMs: 100 },
  })
  const peers: ScriptedPeer[] = []
  for (const hello of [{}, {}, asBob]) peers.push(await drive(clock, h.connect(hello)))
  for (let step = 0; step < STEPS; step++) {
    const peer = peers[chance(peers.length)] as ScriptedPeer
    const [job_id] = [...jobs.keys()].slice(chance(jobs.size + 1))
    const what = chance(10)
    if (what < 5) {
      peer.request('job.submit', {
        agent: chance(2) === 0 ? 'plain' : 'rare',
        ...(chance(3) === 0 ? { idempotency_key: `k${chance(3)}` } : {}),
        ...(chance(6) === 0 ? { max_runtime_sec: 0.05 } : {}),
        ...(chance(6) === 0 ? { lease_constraints: { expires_in_s: 0.05 } } : {}),
      })
    } else if (what < 8) {
      const [end] = ends.splice(chance(ends.length + 1), 1)
      if (chance(5) === 0) end?.fail(new Error('no'))
      else end?.open(null)
    } else if (what === 8 && job_id) peer.request('job.cancel', { job_id })
    else await clock.elapse(chance(3) === 0 ? 200 : 20)
    if (chance(2) === 0) {
      await clock.settle()
      atRest()
    }
  }
  await drive(clock, h.runtime.close())
  for (const [id, { state }] of jobs) if (state !== 'ended') wrong.push(`${id} has not ended`)
  return wrong
}

it(`${SCHEDULES} schedules start each job once, in its turn, as soon as there is room and no sooner`, async () => {
  for (let seed = 1; seed <= SCHEDULES; seed++) expect(await play(seed), `seed ${seed}`).toEqual([])
}, 60_000)
