export type { CredentialNote, JobRecord, JobRecordChange, Scope } from './records'
export type { LogBatch, LogEntry, ReadLimit, Store, StoreIdentity } from './store'
