#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { version } from './package-version'
import { serve } from './serve'
import { EXIT } from './terminal/fail'
import { run } from './terminal/run'
import { runTour } from './tour/tour'

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The second time the user means it.
    if (interrupted.signal.aborted) process.exit(EXIT.interrupted)
    interrupted.abort(new Error(`stopped by ${signal}`))
  })
}

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
  commands: { runTour, serve },
})
