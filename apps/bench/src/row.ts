/** What a side measured in one run. */
export interface Reading {
  /** In the row's unit. */
  readonly value: number
  /** Processor time of both processes for one unit of work, in microseconds; `undefined` where it says nothing. */
  readonly cpuMicros?: number
  /** The same work with nothing else going on, in the row's unit. */
  readonly idle?: number
}

/** What the process that drives a run is given. */
export interface Drive {
  /** Where the server is. */
  readonly url: string
  /** How much work to do. */
  readonly size: number
  /** Processor time the server has used so far, in milliseconds. */
  serverCpu(): Promise<number>
  /** Resident bytes of the server, after a collection. */
  serverMemory(): Promise<number>
  /** Starts the row's {@link Side.background} in a process of its own; resolves when it is under way. */
  startBackground(): Promise<void>
  /** Ends it; rejects if anything was wrong with what it got. */
  stopBackground(): Promise<void>
}

/** What goes on beside a measurement, until `stop` is called. */
export interface Background {
  /** Ends it. @throws when what it got is not what was sent */
  stop(): Promise<void>
}

/** One of the two that do the same work: this project, or a bare loop over `ws`. */
export interface Side {
  /** Starts the server in its process; returns where it is. */
  serve(size: number): Promise<string>
  /** Does the work from another process. @throws when what arrives is not what was sent */
  drive(drive: Drive): Promise<Reading>
  /** Work of a third process, while `drive` measures. Resolves when it is under way. */
  background?(url: string): Promise<Background>
}

/** What a row's value is compared with. */
export type Against = 'loop' | 'idle' | 'limit'

/** One line of the table: some work, measured beside a bare loop that does the same. */
export interface Row {
  readonly name: string
  readonly title: string
  readonly unit: string
  readonly against: Against
  /** The ratio, or for a limit the value itself, to reach. */
  readonly aim: { readonly atLeast: number } | { readonly atMost: number }
  /** How much work a run does: events, jobs, sessions … */
  readonly size: number
  /** Runs where the user does not say. Default: the table's. */
  readonly runs?: number
  readonly sides?: { readonly ours: Side; readonly loop: Side }
  /** A row that needs no processes. */
  readonly alone?: () => Promise<Reading>
}
