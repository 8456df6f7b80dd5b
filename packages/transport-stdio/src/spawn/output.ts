import type { Readable } from 'node:stream'
import type { SpawnSettings } from './options'

/** How much of the end of a child's output is kept for the error that tells of its death. */
const KEPT_CHARACTERS = 4_096
const KEPT_LINES = 20

/** What a child writes beside its frames. */
export interface ChildOutput {
  /** Takes whatever `stream` gives, no faster than it is taken on. */
  follow(stream: Readable): void
  take(text: string): void
  /** The end of what has been written so far, without blank lines around it. */
  lastLines(): string
}

/** Passes on what a child writes, as the option `stderr` says, and keeps the end of it. */
export function childOutput(target: SpawnSettings['stderr']): ChildOutput {
  let kept = ''

  function keep(text: string): void {
    kept = (kept + text).slice(-KEPT_CHARACTERS)
  }

  /** @param taken Called once `text` has been passed on, if that takes longer than this call. */
  function pass(text: string, taken: () => void): boolean {
    keep(text)
    if (target === 'inherit') return process.stderr.write(text, taken)
    if (target !== 'ignore') target(text)
    return true
  }

  return {
    follow(stream) {
      stream.setEncoding('utf8')
      stream.on('error', () => {})
      stream.on('data', (text: string) => {
        if (!pass(text, () => stream.resume())) stream.pause()
      })
    },
    take(text) {
      pass(text, () => {})
    },
    lastLines: () => kept.trim().split(/\r?\n/).slice(-KEPT_LINES).join('\n'),
  }
}
