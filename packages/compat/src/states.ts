/** The states a job has for peers of the draft, by those it has here. */
const STATES: ReadonlyMap<string, string> = new Map([
  ['queued', 'pending'],
  ['running', 'running'],
  ['completed', 'success'],
  ['failed', 'error'],
  ['cancelled', 'cancelled'],
])

const NATIVE: ReadonlyMap<string, NativeState> = new Map<string, NativeState>([
  ...[...STATES].map(([status, state]) => [state, { status }] as const),
  ['timed_out', { status: 'failed', error_code: 'TIMEOUT' }],
  ['timedout', { status: 'failed', error_code: 'TIMEOUT' }],
])

/** A job's state, with the code it failed with where the draft's state tells of it. */
export interface NativeState {
  readonly status: string
  readonly error_code?: string
}

/** The draft's state of a job; a state nobody knows is kept. */
export function draftStateOf(status: unknown, errorCode: unknown): unknown {
  if (status === 'failed' && errorCode === 'TIMEOUT') return 'timed_out'
  return STATES.get(String(status)) ?? status
}

/** What a state of the draft means; `undefined` for one that is none. */
export function nativeStateOf(state: unknown): NativeState | undefined {
  return typeof state === 'string' ? NATIVE.get(state) : undefined
}
