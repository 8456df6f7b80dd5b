import type { Clock } from '@arcp/protocol'
import type { Store, StoreIdentity } from '@arcp/protocol/store'

/** How a write fails. */
export interface StoreFailure {
  /** Whether the write took place all the same, and only its confirmation was lost. Default `false`. */
  readonly written?: boolean
}

/** A store that misbehaves when told to; reads never do. */
export interface FaultyStore extends Store {
  /** From now on each write begins `ms` milliseconds late; `0` for at once. */
  late(ms: number): void
  /** The next `times` writes are rejected. */
  fail(times: number, failure?: StoreFailure): void
  /** From now on writes neither succeed nor fail, until {@link heal}. */
  hang(): void
  /** Nothing is late, fails or hangs any more; what hung goes on, in order. */
  heal(): void
  /** Whether anything is wrong now, or a write is still on its way. */
  readonly isTroubled: boolean
  /** Loses every job. Whoever opens the store from now on is told of another history. */
  forget(): Promise<void>
}

/** Wraps a store; without orders it behaves as `store` does, and is done at once where `store` is. */
export function faultyStore(store: Store, clock: Clock): FaultyStore {
  const held = new Set<string>()
  const hanging: (() => void)[] = []
  let lateMs = 0
  let failures = 0
  let failure: StoreFailure = {}
  let hangs = false
  let losses = 0
  let underWay = 0

  /** Resolves when the next write may begin; `undefined` for at once. */
  function turn(): Promise<void> | undefined {
    if (hangs) return new Promise((resolve) => hanging.push(resolve))
    if (lateMs > 0) return new Promise((resolve) => clock.setTimer(lateMs, resolve))
    return undefined
  }

  async function failed(run: () => Promise<void> | undefined): Promise<void> {
    if (failure.written) await run()
    throw new Error('the store was told to fail')
  }

  function attempt(run: () => Promise<void> | undefined): Promise<void> | undefined {
    if (failures === 0) return run()
    failures--
    return failed(run)
  }

  function write(run: () => Promise<void> | undefined): Promise<void> | undefined {
    const begin = turn()
    if (!begin) return attempt(run)
    underWay++
    return begin
      .then(() => attempt(run))
      .finally(() => {
        underWay--
      })
  }

  return {
    open: async (): Promise<StoreIdentity> => {
      const identity = await store.open()
      return losses === 0 ? identity : { ...identity, logEpoch: `${identity.logEpoch}.${losses}` }
    },
    createJob: async (record) => {
      held.add(record.jobId)
      await write(() => store.createJob(record))
    },
    getJob: (jobId) => store.getJob(jobId),
    updateJob: async (jobId, hostEpoch, change) => write(() => store.updateJob(jobId, hostEpoch, change)),
    deleteJob: async (jobId) => {
      await write(() => store.deleteJob(jobId))
      held.delete(jobId)
    },
    append: (batches) => write(() => store.append(batches)),
    trimLog: (jobId, firstSeq) => write(() => store.trimLog(jobId, firstSeq)),
    readLog: (jobId, afterSeq, limit) => store.readLog(jobId, afterSeq, limit),
    noteCredential: (note) => write(() => store.noteCredential(note)),
    forgetCredential: (credentialId) => write(() => store.forgetCredential(credentialId)),
    readCredentials: (afterId, limit) => store.readCredentials(afterId, limit),
    close: () => store.close(),
    late(ms) {
      lateMs = ms
    },
    fail(times, how = {}) {
      failures = times
      failure = how
    },
    hang() {
      hangs = true
    },
    heal() {
      lateMs = 0
      failures = 0
      hangs = false
      for (const go of hanging.splice(0)) go()
    },
    get isTroubled() {
      return hangs || lateMs > 0 || failures > 0 || underWay > 0
    },
    async forget() {
      losses++
      for (const jobId of held) await store.deleteJob(jobId)
      held.clear()
    },
  }
}
