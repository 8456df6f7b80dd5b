import { createHash } from 'node:crypto'
import { implement } from '@arcp/runtime'
import { archive } from './contracts'

/** The `archive` agent. What it has lasts as long as its runtime. */
export function archiveAgent() {
  const texts = new Map<string, string>()
  return implement(archive, ({ text }, { principal, delegatedBy }) => {
    const sha256 = createHash('sha256').update(text).digest('hex')
    texts.set(sha256, text)
    return { sha256, for: principal, through: [...delegatedBy] }
  })
}
