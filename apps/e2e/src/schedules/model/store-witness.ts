import type { LogBatch, LogEntry, Store } from '@arcp/protocol/store'
import type { FaultyStore } from '@arcp/testkit'
import { JobModel } from './job-model'
import { type Ledger, pair } from './ledger'

/** How long a runtime waits for a write before it takes it as failed. */
const ATTEMPT_MS = 10_000
/** The longest it waits before it repeats a write. */
const BACKOFF_MS = 5_000

/** A store between a runtime and its own, that sees what is written, and when it is durable. */
export interface StoreWitness {
  readonly store: Store
  /** Whether no write is under way, and none waits to be repeated. */
  isCalm(): boolean
}

export function storeWitness(store: FaultyStore, ledger: Ledger): StoreWitness {
  const { clock } = ledger
  let underWay = 0
  let failedAt = Number.NEGATIVE_INFINITY
  const watch = async (write: Promise<void>): Promise<void> => {
    const startedAt = clock.monotonic()
    underWay++
    try {
      await write
      if (clock.monotonic() - startedAt >= ATTEMPT_MS) failedAt = clock.monotonic()
    } catch (error) {
      failedAt = clock.monotonic()
      throw error
    } finally {
      underWay--
    }
  }
  const complaintOf = (jobId: string, entry: LogEntry): string | undefined => {
    const job = ledger.jobs.get(jobId)
    const wrong = job?.write(entry)
    return (
      wrong ?? (entry.type === 'job.queued' && job ? ledger.queue.queued(jobId, job.position) : undefined)
    )
  }
  const attempted = (batches: readonly LogBatch[]) => {
    for (const { jobId, entries } of batches) {
      ledger.note(`write ${jobId} ${entries.at(-1)?.seq}`)
      for (const entry of entries) ledger.check(complaintOf(jobId, entry), `${jobId}: `)
    }
  }
  const durable = (batches: readonly LogBatch[]) => {
    for (const { jobId, entries } of batches) {
      ledger.note(`durable ${jobId} ${entries.at(-1)?.seq}`)
      const job = ledger.jobs.get(jobId)
      const first = entries[0]?.seq ?? 0
      if (!job) continue
      if (first > job.durableSeq + 1) ledger.complain(`${jobId}: ${first} is written after ${job.durableSeq}`)
      job.durableSeq = Math.max(job.durableSeq, first + entries.length - 1)
    }
  }
  const watched: Store = {
    open: async () => {
      const identity = await store.open()
      ledger.logEpoch = identity.logEpoch
      return identity
    },
    createJob: (record) => {
      const { jobId, sessionId, submitId, scope, agent } = record
      const request = pair(sessionId, submitId)
      const startedAt = clock.monotonic()
      ledger.queue.enter(jobId, scope.principal, agent)
      const created = () => {
        const job = new JobModel(jobId, scope.principal, sessionId, ledger.limits)
        job.request = request
        job.agent = agent
        if (ledger.isLate(request, startedAt)) ledger.createLate(job)
        else ledger.create(job, request)
      }
      const refused = (error: unknown) => {
        ledger.refusedAdmissions.add(request)
        ledger.queue.leaves(jobId)
        throw error
      }
      const done = store.createJob(record)
      if (!done) created()
      return done && watch(done).then(created, refused)
    },
    getJob: (jobId) => store.getJob(jobId),
    updateJob: (jobId, hostEpoch, change) => store.updateJob(jobId, hostEpoch, change),
    deleteJob: (jobId) => {
      const job = ledger.jobs.get(jobId)
      if (job) ledger.forgotten(job)
      return store.deleteJob(jobId)
    },
    append: (batches) => {
      attempted(batches)
      const done = store.append(batches)
      if (!done) durable(batches)
      return done && watch(done.then(() => durable(batches)))
    },
    trimLog: (jobId, firstSeq) => {
      const job = ledger.jobs.get(jobId)
      if (job) ledger.trimmed(job, firstSeq)
      return store.trimLog(jobId, firstSeq)
    },
    readLog: (jobId, afterSeq, limit) => store.readLog(jobId, afterSeq, limit),
    noteCredential: (note) => store.noteCredential(note),
    forgetCredential: (credentialId) => store.forgetCredential(credentialId),
    readCredentials: (afterId, limit) => store.readCredentials(afterId, limit),
    close: () => store.close(),
  }
  return {
    store: watched,
    isCalm: () => underWay === 0 && clock.monotonic() - failedAt > BACKOFF_MS,
  }
}
