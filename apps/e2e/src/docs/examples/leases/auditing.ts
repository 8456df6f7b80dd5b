import type { Observer } from '@arcp/protocol/observe'

export function audit(write: (line: string) => void): Observer {
  return {
    observe(seen) {
      if (seen.type !== 'operation.allowed' && seen.type !== 'operation.denied') return
      const { job, namespace, target, code = 'ok' } = seen
      write(`${job.scope.principal} ${job.agent} ${namespace} ${target}: ${code}`)
    },
  }
}
