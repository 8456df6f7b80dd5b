import { appendFileSync, existsSync, readFileSync } from 'node:fs'

/** What a process writes down of an event it has got, before anything else happens. */
export interface Note {
  readonly pid: number
  readonly jobId: string
  /** What another process takes the job up with. */
  readonly token: string | undefined
  readonly seq: number
  readonly type: string
  /** How far the job was. */
  readonly current?: number
}

/** Adds a note to a file, as a line of JSON. */
export function takeNote(file: string, note: Note): void {
  appendFileSync(file, `${JSON.stringify(note)}\n`)
}

/** The notes of every process so far. */
export function readNotes(file: string): Note[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line))
}
