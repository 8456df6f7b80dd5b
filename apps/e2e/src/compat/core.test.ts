import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const packages = fileURLToPath(new URL('../../../../packages/', import.meta.url))

/** Names of messages, fields and states that only the draft has. */
const WORDS: readonly string[] = [
  ...['job.event', 'job.result', 'job.error', 'session.bye', 'session.resume', 'session.open'],
  ...['final_status', 'current_status', 'subscribed_from', 'from_event_seq', 'submitted_at', 'timed_out'],
]

const ANY = new RegExp(`\\b(${WORDS.map((word) => word.replace('.', '\\.')).join('|')})\\b(?!_)`)

/** The sources of a package, tests aside. */
function sources(name: string): string[] {
  const directory = join(packages, name, 'src')
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  return files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => join(directory, file))
}

it.each(['protocol', 'runtime', 'client'])('%s holds no word of the draft’s form', (name) => {
  const found = sources(name).flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => ANY.test(line))
      .map((line) => `${file.slice(packages.length)}: ${line.trim()}`),
  )
  expect(found).toEqual([])
})

it('the translator holds each of them', () => {
  const text = sources('compat')
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  expect(WORDS.filter((word) => !text.includes(word))).toEqual([])
})
