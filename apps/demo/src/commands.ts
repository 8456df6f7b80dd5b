import type { Terminal } from './terminal/terminal'

/** What the tour needs. */
export interface TourOptions {
  /** The directory to report on: a full path that exists. */
  readonly dir: string
  /** Whether to record what happens, and to show it in the end. */
  readonly trace?: boolean
  /** Says where else the recording goes; see `startTracing`. */
  readonly env?: NodeJS.ProcessEnv
  readonly out: Terminal
  /** Aborted by Ctrl-C: end what runs and reject with the signal's reason. */
  readonly signal: AbortSignal
}

/** What serving needs. */
export interface ServeOptions {
  /** Whether to serve the process that started this one, over stdin and stdout, and nobody else. */
  readonly stdio: boolean
  /** The port to listen at, on loopback. 0 lets the system choose. */
  readonly port: number
  /** The one bearer token that is accepted. */
  readonly token: string
  /** Web origins beside loopback whose pages may connect. */
  readonly allowOrigins: readonly string[]
  /** The directory whose insides `report` may read: a full path that exists. */
  readonly root: string
  /** Names the language model that `ask` uses; see `endpointOf` and `keyServerOf`. */
  readonly env: NodeJS.ProcessEnv
  readonly out: Terminal
  /** Aborted by Ctrl-C: let jobs finish, stop and resolve. */
  readonly signal: AbortSignal
  /** Aborted by a second Ctrl-C: let nothing finish any more. */
  readonly hurry: AbortSignal
}

/** The commands of the demo. What they reject with ends the program; a `Fail` says how it is told. */
export interface Commands {
  runTour(options: TourOptions): Promise<void>
  serve(options: ServeOptions): Promise<void>
}
