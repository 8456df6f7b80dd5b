import { isErrorCode } from '@arcp/protocol'
import { isObject } from '../../json'
import type { Step } from '../../rule'
import type { RuntimeMemory } from '../../runtime-side/memory'
import type { RuntimeRule } from '../../runtime-side/rule'

const known: Step<RuntimeMemory> = ({ payload }) => {
  const { code, details } = payload
  if (typeof code !== 'string' || isErrorCode(code)) return
  payload.code = 'INTERNAL_ERROR'
  payload.details = { ...(isObject(details) ? details : {}), code }
}

export const knownCodes: RuntimeRule = {
  name: 'known codes',
  fact: 'Clients for TypeScript drop a frame whose error code they do not know, and wait on.',
  dialects: ['typescript'],
  write: { 'session.error': known, 'job.error': known },
}
