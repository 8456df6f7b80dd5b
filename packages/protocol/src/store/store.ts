import type { CredentialNote, JobRecord, JobRecordChange } from './records'

/** One event as a log keeps it: numbered, and written out once for all who follow. */
export interface LogEntry {
  /** Its number in the log, from 1, contiguous. */
  readonly seq: number
  /** The event's type, `job.progress` for one. */
  readonly type: string
  /** The event's payload as JSON, `seq` and `ts` included; never a secret. */
  readonly payload: string
}

/** Consecutive entries of one job, to be appended together. */
export interface LogBatch {
  readonly jobId: string
  /** Which host writes; a store refuses an epoch older than the one it holds. */
  readonly hostEpoch: number
  readonly entries: readonly LogEntry[]
}

/** What a store is, told when it opens. */
export interface StoreIdentity {
  /** 32 bytes that only this store's runtimes know; tokens are computed from it. */
  readonly secret: Uint8Array
  /** Opaque; another one than before means that logs were lost. `docs/protocol.md` §3. */
  readonly logEpoch: string
}

/** Bounds of one read of a log; at least one entry is returned when there is one. */
export interface ReadLimit {
  /** The most entries. */
  readonly entries: number
  /** UTF-16 code units of payload. */
  readonly size: number
}

/**
 * Where jobs and their logs are kept. Plain data only: what it means is decided above this seam.
 *
 * A method may return nothing instead of a promise where it is done at once; a rejected one is repeated unchanged, so
 * each is idempotent.
 */
export interface Store {
  /** Makes it ready; called before all else, and again tells the same. */
  open(): Promise<StoreIdentity>
  /** Writes a job that is about to be accepted. */
  createJob(record: JobRecord): Promise<void> | undefined
  /** The record as it stands; `undefined` for a job it does not hold. */
  getJob(jobId: string): Promise<JobRecord | undefined>
  /** Changes what `change` names and nothing else; of a job it does not hold, nothing. Refused for an older host. */
  updateJob(jobId: string, hostEpoch: number, change: JobRecordChange): Promise<void> | undefined
  /** Removes a job, its record and log. */
  deleteJob(jobId: string): Promise<void> | undefined
  /**
   * Appends to logs, all batches or none. When it is done the entries are as durable as the store promises. The same
   * entries again are taken as done; other content under a `seq` already held, or a gap, is refused.
   */
  append(batches: readonly LogBatch[]): Promise<void> | undefined
  /** Lets go of all entries before `firstSeq`. */
  trimLog(jobId: string, firstSeq: number): Promise<void> | undefined
  /** The entries after `afterSeq` that are still held, oldest first, within `limit`. */
  readLog(jobId: string, afterSeq: number, limit: ReadLimit): Promise<readonly LogEntry[]>
  /** Writes down that a credential is about to be made. The same one again is taken as done. */
  noteCredential(note: CredentialNote): Promise<void> | undefined
  /** Removes a note: its credential is no more. One that is not there is taken as done. */
  forgetCredential(credentialId: string): Promise<void> | undefined
  /** The notes after `afterId` in the order of their ids, at most `limit`; all there are come after `''`. */
  readCredentials(afterId: string, limit: number): Promise<readonly CredentialNote[]>
  /** Ends it; nothing is asked of it afterwards. A runtime waits no longer than its `closeMs`. */
  close(): Promise<void>
}
