// Which package may depend on which: published packages on @arcp/protocol and no other of ours, for their tests
// also on @arcp/testkit, protocol on none; no cycle anywhere; and no import that climbs out of its package.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const PROTOCOL = '@arcp/protocol'
const TESTKIT = '@arcp/testkit'

/**
 * @typedef {Record<string, string>} Dependencies
 * @typedef {{ name: string, private?: boolean, dependencies?: Dependencies, devDependencies?: Dependencies,
 *   peerDependencies?: Dependencies, optionalDependencies?: Dependencies }} Manifest
 */

/** @param {(Dependencies | undefined)[]} groups */
function ours(...groups) {
  return groups.flatMap((group) => Object.keys(group ?? {})).filter((name) => name.startsWith('@arcp/'))
}

/**
 * The dependencies of published packages that are not allowed.
 *
 * @param {Manifest} manifest
 */
export function wrongArrows(manifest) {
  const { name, dependencies, devDependencies, peerDependencies, optionalDependencies } = manifest
  if (manifest.private) return []
  const mayUse = name === PROTOCOL ? [] : [PROTOCOL]
  const mayTestWith = name === PROTOCOL ? [] : [PROTOCOL, TESTKIT]
  const used = ours(dependencies, peerDependencies, optionalDependencies)
  return [
    ...used.filter((other) => !mayUse.includes(other)).map((other) => `${name} must not depend on ${other}`),
    ...ours(devDependencies)
      .filter((other) => !mayTestWith.includes(other))
      .map((other) => `${name} must not have ${other} as a development dependency`),
  ]
}

/**
 * The ways around in circles among packages of ours, whatever kind of dependency they are made of.
 *
 * @param {Manifest[]} manifests
 */
export function cycles(manifests) {
  const graph = new Map(
    manifests.map((m) => [
      m.name,
      ours(m.dependencies, m.devDependencies, m.peerDependencies, m.optionalDependencies),
    ]),
  )
  /** @type {string[]} */
  const found = []
  const done = new Set()
  /** @type {(name: string, path: string[]) => void} */
  const walk = (name, path) => {
    if (done.has(name)) return
    if (path.includes(name)) {
      found.push(`the packages form a cycle: ${[...path.slice(path.indexOf(name)), name].join(' → ')}`)
      return
    }
    for (const other of graph.get(name) ?? []) walk(other, [...path, name])
    done.add(name)
  }
  for (const name of graph.keys()) walk(name, [])
  return found
}

/**
 * The relative imports of a source file that lead out of the directory of its package.
 *
 * @param {string} directory
 * @param {string} file
 * @param {string} source
 */
export function climbingImports(directory, file, source) {
  const targets = [...source.matchAll(/(?:from|import)[\s(]*['"](\.[^'"]*)['"]/g)].map(
    ([, target]) => target ?? '',
  )
  return targets
    .filter((target) => relative(directory, resolve(dirname(file), target)).startsWith('..'))
    .map((target) => `${file} reaches into another package: ${target}`)
}

/** @param {string} directory */
function sourceFiles(directory) {
  const src = join(directory, 'src')
  if (!existsSync(src)) return []
  const names = readdirSync(src, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.ts')).map((name) => join(src, name))
}

function main() {
  const directories = ['packages', 'apps']
    .flatMap((parent) => readdirSync(parent).map((name) => join(parent, name)))
    .filter((directory) => existsSync(join(directory, 'package.json')))
  /** @type {Manifest[]} */
  const manifests = directories.map((path) => JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')))
  const faults = [
    ...manifests.flatMap(wrongArrows),
    ...cycles(manifests),
    ...directories.flatMap((directory) =>
      sourceFiles(directory).flatMap((file) => climbingImports(directory, file, readFileSync(file, 'utf8'))),
    ),
  ]
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) process.exitCode = 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
