import { type BirpcReturn, createBirpc } from 'birpc'
import type { Drive, Reading } from '../row'

/** Which side of which row a process works for. */
export interface Task {
  readonly row: string
  readonly side: 'ours' | 'loop'
}

/** What a worker can be asked. */
export interface WorkerCalls {
  serve(task: Task, size: number): Promise<string>
  drive(task: Task, url: string, size: number): Promise<Reading>
  startBackground(task: Task, url: string): Promise<void>
  stopBackground(): Promise<void>
  /** Milliseconds of processor time so far. */
  cpu(): Promise<number>
  /** Resident bytes, after a collection. */
  memory(): Promise<number>
}

/** What the worker that drives can ask. */
export type DriverCalls = Omit<Drive, 'url' | 'size'>

/** The end of a line between two processes. */
export interface Line {
  on(event: 'message', take: (data: unknown) => void): unknown
  send?(message: unknown): unknown
}

/** Calls across a line; whoever waits there waits as long as it takes. */
export function call<Theirs extends object, Ours extends object>(
  line: Line,
  ours: Ours,
): BirpcReturn<Theirs, Ours> {
  return createBirpc<Theirs, Ours>(ours, {
    post: (data) => line.send?.(data),
    on: (take) => line.on('message', take),
    timeout: -1,
  })
}
