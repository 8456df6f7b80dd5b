/** What the file system said about a path, said about the name the agent used: where that leads is not its to know. */
export function namedFailure(error: unknown, named: string): unknown {
  if (!isSystemError(error)) return error
  const { code, errno, syscall, message } = error
  const [said = message] = message.split(" '")
  return Object.assign(new Error(`${said} '${named}'`), { code, errno, syscall, path: named })
}

/** The code of a system error, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  return isSystemError(error) ? error.code : undefined
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error
}
