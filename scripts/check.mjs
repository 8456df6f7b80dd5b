// Runs every `check:` script of package.json, two at a time, and shows what the failing ones printed.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** Steps whose output is worth reading when they pass, too. */
const telling = new Set(['check:regressions', 'check:size'])

/** @type {{ scripts: Record<string, string> }} */
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
const queue = Object.entries(scripts).filter(([name]) => name.startsWith('check:'))

/** @type {string[]} */
const failed = []

/**
 * @param {string} command
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
function run(command) {
  const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (data) => {
    output += data
  })
  child.stderr.on('data', (data) => {
    output += data
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ ok: code === 0, output })))
}

async function work() {
  for (let step = queue.shift(); step; step = queue.shift()) {
    const [name, command] = step
    const began = performance.now()
    const { ok, output } = await run(command)
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    console.log(`${ok ? '✓' : '✗'} ${name} (${seconds} s)`)
    if (!ok) failed.push(name)
    if (!ok || telling.has(name)) console.log(output.trimEnd())
  }
}

await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work))
console.log(failed.length === 0 ? 'All checks passed.' : `Failed: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1
