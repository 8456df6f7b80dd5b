import type { Step } from '../../rule'
import type { RuntimeMemory } from '../../runtime-side/memory'
import type { RuntimeRule } from '../../runtime-side/rule'

const neverEmpty: Step<RuntimeMemory> = ({ payload }) => {
  if (payload.message === '') payload.message = payload.code
}

export const emptyMessages: RuntimeRule = {
  name: 'empty messages',
  fact: 'Clients for TypeScript drop an error whose message is empty, and wait on.',
  dialects: ['typescript'],
  write: { 'session.error': neverEmpty, 'job.error': neverEmpty },
}
