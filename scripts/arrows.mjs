// Which package may depend on which: published packages on @arcp/protocol and no other of ours, for their tests
// also on @arcp/testkit, protocol on none; no cycle anywhere; and no import that climbs out of its package.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const PROTOCOL = '@arcp/protocol'
const TESTKIT = '@arcp/testkit'

/**
 * @typedef {Record<string, string> | undefined} Dependencies
 * @typedef {{ name: string, private?: boolean, dependencies: Dependencies, devDependencies: Dependencies,
 *   peerDependencies: Dependencies, optionalDependencies: Dependencies }} Manifest
 */

const directories = ['packages', 'apps']
  .flatMap((parent) => readdirSync(parent).map((name) => join(parent, name)))
  .filter((directory) => existsSync(join(directory, 'package.json')))

/** @type {{ directory: string, manifest: Manifest }[]} */
const members = directories.map((directory) => ({
  directory,
  manifest: JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')),
}))

/** @param {Dependencies[]} groups */
const ours = (...groups) =>
  groups.flatMap((group) => Object.keys(group ?? {})).filter((name) => name.startsWith('@arcp/'))

/** @type {string[]} */
const faults = []

/** @type {Map<string, string[]>} */
const graph = new Map()

for (const { manifest } of members) {
  const { name, dependencies, devDependencies, peerDependencies, optionalDependencies } = manifest
  const used = ours(dependencies, peerDependencies, optionalDependencies)
  const tested = ours(devDependencies)
  graph.set(name, [...used, ...tested])
  if (manifest.private) continue
  const mayUse = name === PROTOCOL ? [] : [PROTOCOL]
  const mayTestWith = name === PROTOCOL ? [] : [PROTOCOL, TESTKIT]
  for (const other of used) if (!mayUse.includes(other)) faults.push(`${name} must not depend on ${other}`)
  for (const other of tested)
    if (!mayTestWith.includes(other))
      faults.push(`${name} must not have ${other} as a development dependency`)
}

/** @type {Set<string>} */
const acyclic = new Set()

/**
 * @param {string} name
 * @param {string[]} path
 */
function walk(name, path) {
  if (acyclic.has(name)) return
  if (path.includes(name)) {
    faults.push(`the packages form a cycle: ${[...path.slice(path.indexOf(name)), name].join(' → ')}`)
    return
  }
  for (const other of graph.get(name) ?? []) walk(other, [...path, name])
  acyclic.add(name)
}
for (const name of graph.keys()) walk(name, [])

for (const { directory } of members) {
  const src = join(directory, 'src')
  if (!existsSync(src)) continue
  for (const entry of readdirSync(src, { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('.ts')) continue
    const file = join(src, entry)
    for (const [, target] of readFileSync(file, 'utf8').matchAll(/(?:from|import)[\s(]*['"](\.[^'"]*)['"]/g))
      if (target && relative(directory, resolve(dirname(file), target)).startsWith('..'))
        faults.push(`${file} reaches into another package: ${target}`)
  }
}

for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
