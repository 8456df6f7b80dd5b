/** The progress of one piece of work, as it is shown. */
export interface Progress {
  /** Shows how far the work is; `total` may be unknown or change. `message` is what it is at. */
  update(current: number, total?: number, message?: string): void
  /** Shows how the work ended, and leaves that standing. Further calls do nothing. */
  end(outcome: string): void
}

/** Shows lines, and the progress of any number of works among them. */
export interface Display {
  /** Prints a line. It may hold colours; what comes from elsewhere in it must have been made `visible`. */
  line(text: string): void
  /** Begins to show the progress of a work. */
  progress(label: string, total?: number): Progress
  /** Ends what is still shown and gives the terminal back as it was. */
  close(): void
}

/** The whole percent that is done, from 0 to 100; undefined where nobody knows. */
export function percentOf(current: number, total: number | undefined): number | undefined {
  if (total === undefined || !(total > 0)) return undefined
  return Math.floor((Math.min(Math.max(current, 0), total) / total) * 100)
}
