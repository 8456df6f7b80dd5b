import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, cpus, platform, release, totalmem } from 'node:os'
import type { Cores } from './cores'

/** Where and with what something was measured. */
export interface Machine {
  readonly cpu: string
  readonly cpuCount: number
  readonly memoryGib: number
  readonly system: string
  readonly pinned: Cores | undefined
  /** Of Node and of the packages that carry frames. */
  readonly versions: Readonly<Record<string, string>>
}

export function describeMachine(pinned: Cores | undefined): Machine {
  const [cpu] = cpus()
  // What comes behind the version names a build of the kernel, which nobody else can look up.
  const [kernel] = release().split('-')
  return {
    cpu: cpu?.model.trim() ?? 'unknown',
    cpuCount: cpus().length,
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    system: `${platform()} ${kernel} ${arch()}`,
    pinned,
    versions: { node: process.versions.node, ws: versionOf('ws') },
  }
}

function versionOf(name: string): string {
  const path = createRequire(import.meta.url).resolve(`${name}/package.json`)
  return JSON.parse(readFileSync(path, 'utf8')).version
}
