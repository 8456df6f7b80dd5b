import { InvalidRequestError } from '@arcp/protocol'
import { mayBeIgnored } from '../../jobs/ignorable'
import { FS_NAMESPACES } from '../fs-patterns'
import { type AgentFetch, createFetch } from './fetch/create-fetch'
import { machineNetwork } from './fetch/network'
import type { AgentFiles } from './files/agent-files'
import { createFiles } from './files/create-files'
import { machineFiles } from './files/file-system'
import { openingHere } from './files/opening-here'
import { Reach } from './files/reach'
import { Permit, type PermitParts } from './permit'

/** What an agent does under its lease; see `AgentContext`. `docs/protocol.md` §7. */
export interface Operations {
  readonly fs: AgentFiles
  readonly fetch: AgentFetch
  model(name: string): Promise<void>
  authorize(namespace: string, target: string): Promise<void>
}

/** What {@link createOperations} needs. */
export interface OperationsParts extends PermitParts {
  readonly fsRoot: string | undefined
  /** Aborts when the job is to end. */
  readonly signal: AbortSignal
  /** Settles when the job's end is decided, whatever it is. */
  readonly ended: Promise<unknown>
}

/** The operations of one job. */
export function createOperations({ fsRoot, signal, ended, ...parts }: OperationsParts): Operations {
  const permit = new Permit(parts)
  const reach = new Reach({ permit, fsRoot, fs: machineFiles, opening: openingHere() })

  async function authorize(namespace: string, target: string): Promise<void> {
    if (FS_NAMESPACES.has(namespace)) await reach.check(namespace, target)
    else if (typeof target === 'string') await permit.check({ namespace, target })
    else await permit.refuse({ namespace, target: '' }, new InvalidRequestError('target: expected a text'))
  }

  return {
    fs: createFiles(reach),
    fetch: createFetch({ permit, network: machineNetwork, signal, ended }),
    model: (name) => mayBeIgnored(authorize('model.use', name)),
    authorize: (namespace, target) => mayBeIgnored(authorize(namespace, target)),
  }
}
