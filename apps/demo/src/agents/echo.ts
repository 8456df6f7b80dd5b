import { implement } from '@arcp/runtime'
import { echo } from './contracts'

export const echoAgent = implement(echo, (input) => input)
