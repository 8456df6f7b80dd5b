// Prints which faults of regressions.json no test guards against, by the ids in test names. A fault marked
// as done must have its test.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** @type {Record<string, { rule: string, done?: boolean }>} */
const regressions = JSON.parse(readFileSync(new URL('regressions.json', import.meta.url), 'utf8'))

/** Every id that the name of a test, or of a suite around it, carries. */
function carriedIds() {
  const directory = mkdtempSync(join(tmpdir(), 'arcp-regressions-'))
  try {
    const list = join(directory, 'tests.json')
    execFileSync('vitest', ['list', `--json=${list}`], { stdio: 'inherit' })
    /** @type {{ name: string }[]} */
    const tests = JSON.parse(readFileSync(list, 'utf8'))
    return new Set(tests.flatMap(({ name }) => name.match(/\bR-[A-Z]+-\d+\b/g) ?? []))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const carried = carriedIds()
const missing = Object.entries(regressions).filter(([id]) => !carried.has(id))
const broken = missing.filter(([, { done }]) => done)
const unknown = [...carried].filter((id) => !(id in regressions))

console.log(
  `${carried.size - unknown.length} of ${Object.keys(regressions).length} regressions have a test. Without one:`,
)
for (const [id, { rule, done }] of missing) console.log(`  ${done ? '✗' : ' '} ${id.padEnd(9)} ${rule}`)
for (const id of unknown) console.log(`  ✗ ${id} is carried by a test but is not in scripts/regressions.json`)
if (broken.length + unknown.length > 0) process.exitCode = 1
