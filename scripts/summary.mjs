// Prints the tests that were not run and, last, the line "N passed, N failed", from the reports of test runs.
import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * @typedef {{ status: string, fullName: string }} Test
 * @typedef {{ name: string, status: string, assertionResults: Test[] }} TestFile
 */

/**
 * What a report says in lines, and whether all went well. A file that fails outside its tests (it does not load,
 * its set-up throws) counts as one failure, and so does a run without any test.
 *
 * @param {TestFile[]} files
 */
export function summarize(files) {
  const tests = files.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ status, fullName }) => ({ status, label: `${name} > ${fullName}` })),
  )
  const passed = tests.filter(({ status }) => status === 'passed')
  const failed = tests.filter(({ status }) => status === 'failed')
  const notRun = tests.filter(({ status }) => status !== 'passed' && status !== 'failed')
  const broken = files.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  )
  const failures = failed.length + broken.length + (tests.length === 0 && broken.length === 0 ? 1 : 0)
  return {
    ok: failures === 0,
    lines: [
      ...broken.map(({ name }) => `failed outside its tests: ${name}`),
      ...notRun.map(({ label }) => `not run: ${label}`),
      ...(tests.length === 0 ? ['no test was run'] : []),
      `${passed.length} passed, ${failures} failed`,
    ],
  }
}

/**
 * The files a report tells of. A run that left no report has failed as a whole.
 *
 * @param {string} path
 * @returns {TestFile[]}
 */
function filesOf(path) {
  if (!existsSync(path)) return [{ name: path, status: 'failed', assertionResults: [] }]
  return JSON.parse(readFileSync(path, 'utf8')).testResults
}

function main() {
  const files = process.argv.slice(2).flatMap(filesOf)
  const { ok, lines } = summarize(files.map((file) => ({ ...file, name: relative('', file.name) })))
  console.log(lines.join('\n'))
  process.exitCode = ok ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
