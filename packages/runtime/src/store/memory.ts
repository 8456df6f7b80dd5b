import { systemRandom } from '@arcp/protocol'
import type {
  CredentialNote,
  JobRecord,
  JobRecordChange,
  LogBatch,
  LogEntry,
  ReadLimit,
  Store,
  StoreIdentity,
} from '@arcp/protocol/store'
import { LogWindow } from '../jobs/log-window'

interface KeptJob {
  record: JobRecord
  readonly log: LogWindow
}

/** A store that lives and dies with its process. It is done at once, so nothing waits for it. */
export function memoryStore(random = systemRandom): Store {
  return new MemoryStore({ secret: random(32), logEpoch: Buffer.from(random(9)).toString('base64url') })
}

class MemoryStore implements Store {
  readonly #identity: StoreIdentity
  readonly #jobs = new Map<string, KeptJob>()
  readonly #credentials = new Map<string, CredentialNote>()

  constructor(identity: StoreIdentity) {
    this.#identity = identity
  }

  async open(): Promise<StoreIdentity> {
    return this.#identity
  }

  createJob(record: JobRecord): undefined {
    if (!this.#jobs.has(record.jobId))
      this.#jobs.set(record.jobId, { record: { ...record }, log: new LogWindow() })
  }

  async getJob(jobId: string): Promise<JobRecord | undefined> {
    const record = this.#jobs.get(jobId)?.record
    return record && { ...record }
  }

  updateJob(jobId: string, hostEpoch: number, change: JobRecordChange): Promise<void> | undefined {
    const kept = this.#jobs.get(jobId)
    if (!kept) return undefined
    if (hostEpoch < kept.record.hostEpoch) return Promise.reject(new Error(`job ${jobId} has another host`))
    kept.record = { ...kept.record, ...change }
    return undefined
  }

  deleteJob(jobId: string): undefined {
    this.#jobs.delete(jobId)
  }

  append(batches: readonly LogBatch[]): undefined {
    const accepted = batches.map((batch) => this.#check(batch))
    for (const { kept, entries } of accepted) for (const entry of entries) kept?.log.push(entry)
  }

  trimLog(jobId: string, firstSeq: number): undefined {
    const kept = this.#jobs.get(jobId)
    while (kept && kept.log.count > 0 && kept.log.firstSeq < firstSeq) kept.log.shift()
  }

  async readLog(jobId: string, afterSeq: number, limit: ReadLimit): Promise<readonly LogEntry[]> {
    const kept = this.#jobs.get(jobId)
    if (!kept) return []
    const found: LogEntry[] = []
    let size = 0
    for (let seq = Math.max(afterSeq + 1, kept.log.firstSeq); seq <= kept.log.lastSeq; seq++) {
      const entry = kept.log.get(seq)
      if (!entry || found.length >= limit.entries) break
      size += entry.payload.length
      if (found.length > 0 && size > limit.size) break
      found.push(entry)
    }
    return found
  }

  noteCredential(note: CredentialNote): undefined {
    this.#credentials.set(note.credentialId, { ...note })
  }

  forgetCredential(credentialId: string): undefined {
    this.#credentials.delete(credentialId)
  }

  async readCredentials(afterId: string, limit: number): Promise<readonly CredentialNote[]> {
    const ids = [...this.#credentials.keys()].filter((id) => id > afterId).sort()
    return ids.slice(0, limit).flatMap((id) => this.#credentials.get(id) ?? [])
  }

  async close(): Promise<void> {
    this.#jobs.clear()
    this.#credentials.clear()
  }

  /** What of a batch is new; a job that has been deleted takes nothing. */
  #check({ jobId, hostEpoch, entries }: LogBatch): {
    kept: KeptJob | undefined
    entries: readonly LogEntry[]
  } {
    const kept = this.#jobs.get(jobId)
    if (!kept) return { kept, entries: [] }
    if (hostEpoch < kept.record.hostEpoch) throw new Error(`job ${jobId} has another host`)
    const nextSeq = kept.log.lastSeq + 1
    let expected = Math.min(entries[0]?.seq ?? nextSeq, nextSeq)
    for (const { seq, type, payload } of entries) {
      if (seq !== expected++) throw new Error(`job ${jobId}: ${seq} leaves a gap`)
      const held = kept.log.get(seq)
      if (held && (held.payload !== payload || held.type !== type))
        throw new Error(`job ${jobId}: ${seq} is held with other content`)
    }
    return { kept, entries: entries.filter((entry) => entry.seq >= nextSeq) }
  }
}
