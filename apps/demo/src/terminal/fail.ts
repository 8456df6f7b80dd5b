/** What the process exits with. */
export const EXIT = {
  ok: 0,
  /** Something went wrong. */
  failed: 1,
  /** The arguments make no sense. */
  usage: 2,
  noSuchDirectory: 3,
  portTaken: 4,
  /** Ctrl-C, as shells have it. */
  interrupted: 130,
} as const

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** An end of the program that its user is told in one clear sentence, without a stack. */
export class Fail extends Error {
  override readonly name = 'Fail'
  readonly exitCode: ExitCode
  /** What the user may do about it. */
  readonly hint: string | undefined

  constructor(message: string, options: { exitCode?: ExitCode; hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.exitCode = options.exitCode ?? EXIT.failed
    this.hint = options.hint
  }
}

function codeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined
  return 'code' in error && typeof error.code === 'string' ? error.code : codeOf(error.cause)
}

/** Why nothing can listen at `port`, from what listening threw; anything else comes back as it is. */
export function listenFailure(error: unknown, port: number): unknown {
  const code = codeOf(error)
  if (code === 'EADDRINUSE') {
    return new Fail(`port ${port} is taken by another program`, {
      exitCode: EXIT.portTaken,
      hint: 'Choose another with --port, or let --port 0 find a free one.',
      cause: error,
    })
  }
  if (code === 'EACCES') {
    return new Fail(`port ${port} may not be used by this user`, {
      hint: 'Choose one above 1023 with --port.',
      cause: error,
    })
  }
  return error
}
