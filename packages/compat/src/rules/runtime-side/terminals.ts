import { TERMINAL_TYPES } from '@arcp/protocol'
import { draftTerminalOf } from '../../events'
import type { Step } from '../../rule'
import type { RuntimeMemory } from '../../runtime-side/memory'
import type { RuntimeRule } from '../../runtime-side/rule'

const asTold: Step<RuntimeMemory> = (frame) => {
  const told = draftTerminalOf(frame.type, frame.payload)
  return told && [{ ...frame, ...told }]
}

export const terminals: RuntimeRule = {
  name: 'terminals',
  fact: 'Jobs of the draft end with job.result or job.error, which say how in `final_status`.',
  write: Object.fromEntries(TERMINAL_TYPES.map((type) => [type, asTold])),
}
