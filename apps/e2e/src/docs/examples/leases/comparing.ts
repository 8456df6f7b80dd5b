import type { Lease } from '@arcp/protocol'
import { covers, excessOf } from '@arcp/protocol/lease'

const team: Lease = { 'fs.read': ['/srv/team/**'], 'cost.budget': ['USD:5'] }

export function tooMuch(asked: Lease): string {
  const excess = excessOf(team, asked)
  return excess ? `${excess.namespace} of ${excess.pattern}` : 'nothing'
}

export function mayRead(path: string): boolean {
  return covers(team, 'fs.read', path)
}
