#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { version } from './package-version'
import { serve } from './serve'
import { EXIT } from './terminal/fail'
import { run } from './terminal/run'
import { runTour } from './tour/tour'

/** What a program may take to say farewell once it was interrupted twice, in milliseconds. */
const FAREWELL_MS = 1_000

const interrupted = new AbortController()
const hurried = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    const reason = new Error(`stopped by ${signal}`)
    if (!interrupted.signal.aborted) interrupted.abort(reason)
    else if (!hurried.signal.aborted) hurried.abort(reason)
    else process.exit(EXIT.interrupted)
  })
}
hurried.signal.addEventListener('abort', () => {
  setTimeout(() => process.exit(EXIT.interrupted), FAREWELL_MS).unref()
})

// Whoever read our output has gone, as in `demo | head`: nobody is left to tell anything.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok)
  throw error
})

process.exitCode = await run({
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  defaultDir: fileURLToPath(new URL('../../..', import.meta.url)),
  version,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interrupted.signal,
  hurry: hurried.signal,
  commands: { runTour, serve },
})
