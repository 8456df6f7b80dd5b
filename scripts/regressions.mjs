// Prints which faults of regressions.json no test guards against, by the ids in the names of tests. A fault marked
// as done must have its test, and a test may name only faults of the list.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * @typedef {{ rule: string, done?: boolean }} Regression
 */

const testName = /(?:\b(?:it|test|describe)(?:\.\w+)*|\))\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gs
const idInName = /\bR-[A-Z]+-\d+\b/g

/**
 * The ids in the names of the tests and suites that a source file declares.
 *
 * @param {string} source
 * @returns {string[]}
 */
export function idsIn(source) {
  const names = [...source.matchAll(testName)].map(([, , name]) => name ?? '')
  return names.flatMap((name) => name.match(idInName) ?? [])
}

/**
 * What the list and the tests say of each other, in lines, and whether they agree.
 *
 * @param {Record<string, Regression>} regressions
 * @param {ReadonlySet<string>} carried
 */
export function compare(regressions, carried) {
  const missing = Object.entries(regressions).filter(([id]) => !carried.has(id))
  const unknown = [...carried].filter((id) => !(id in regressions))
  const total = Object.keys(regressions).length
  return {
    ok: unknown.length === 0 && !missing.some(([, { done }]) => done),
    lines: [
      `${total - missing.length} of ${total} regressions have a test. Without one:`,
      ...missing.map(([id, { rule, done }]) => `${done ? '✗' : ' '} ${id.padEnd(9)} ${rule}`),
      ...unknown.map((id) => `✗ ${id} is in the name of a test but not in scripts/regressions.json`),
    ],
  }
}

function main() {
  const sources = ['packages', 'apps']
    .flatMap((parent) => readdirSync(parent).map((name) => join(parent, name, 'src')))
    .filter((directory) => existsSync(directory))
    .flatMap((src) => readdirSync(src, { recursive: true, encoding: 'utf8' }).map((name) => join(src, name)))
    .filter((file) => file.endsWith('.ts'))
  const carried = new Set(sources.flatMap((file) => idsIn(readFileSync(file, 'utf8'))))
  const list = JSON.parse(readFileSync(new URL('regressions.json', import.meta.url), 'utf8'))
  const { ok, lines } = compare(list, carried)
  console.log(lines.join('\n'))
  process.exitCode = ok ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
