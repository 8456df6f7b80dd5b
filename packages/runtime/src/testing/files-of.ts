import type { AgentFiles } from '../authority/operations/files/agent-files'
import { createFiles } from '../authority/operations/files/create-files'
import { Reach, type ReachParts } from '../authority/operations/files/reach'

/** The files of a job with this reach. */
export function filesOf(parts: ReachParts): AgentFiles {
  return createFiles(new Reach(parts))
}
