import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The cores servers and clients are pinned to; `undefined` where nothing can be pinned. */
export interface Cores {
  readonly server: number
  readonly client: number
}

/** Two cores this process may use, where `taskset` can pin to them. */
export function findCores(): Cores | undefined {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' })
    const [, list = ''] = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    const [server, client] = expand(list)
    return server === undefined || client === undefined ? undefined : { server, client }
  } catch {
    return undefined
  }
}

/** `0-2,5` as 0, 1, 2, 5. */
export function expand(list: string): number[] {
  return list
    .split(',')
    .filter(Boolean)
    .flatMap((part) => {
      const [first = 0, last = first] = part.split('-').map(Number)
      return Array.from({ length: last - first + 1 }, (_, i) => first + i)
    })
}
