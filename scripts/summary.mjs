// Prints the tests that were not run and, last, the line "N passed, N failed", from the report of the test run.
import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'

/**
 * @typedef {{ status: string, fullName: string }} Test
 * @typedef {{ name: string, status: string, message: string, assertionResults: Test[] }} TestFile
 */

const path = process.argv[2]

/** @type {TestFile[]} */
const files = path && existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).testResults : []
const tests = files.flatMap(({ name, assertionResults }) =>
  assertionResults.map((test) => ({ ...test, file: relative(process.cwd(), name) })),
)

const passed = tests.filter(({ status }) => status === 'passed')
const failed = tests.filter(({ status }) => status === 'failed')
const notRun = tests.filter((test) => !passed.includes(test) && !failed.includes(test))
// A file that does not even load has no tests of its own to count, so it counts as one that failed.
const broken = files.filter(
  ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
)

for (const { name } of broken) console.log(`did not load: ${relative(process.cwd(), name)}`)
for (const { file, fullName } of notRun) console.log(`not run: ${file} > ${fullName}`)
if (tests.length === 0) console.log('the tests did not run at all; counted as one failure')

const failures = failed.length + broken.length + (tests.length === 0 ? 1 : 0)
console.log(`${passed.length} passed, ${failures} failed`)
process.exitCode = failures === 0 ? 0 : 1
