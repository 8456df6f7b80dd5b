import { compat } from '@arcp/compat'
import type { Runtime } from '@arcp/runtime'
import { listen } from '@arcp/transport-ws/server'

export const serveEveryone = (runtime: Runtime) => listen(compat(runtime))
