/**
 * Lets nobody but the caller write to `process.stdout`: what others write there goes to stderr from now on. What is
 * written to the file descriptor itself stays where it is.
 *
 * @returns how to write to it
 */
export function leaveStdoutToFrames(): NodeJS.WriteStream['write'] {
  const { stdout, stderr } = process
  const write = stdout.write.bind(stdout)
  stdout.write = stderr.write.bind(stderr)
  return write
}
