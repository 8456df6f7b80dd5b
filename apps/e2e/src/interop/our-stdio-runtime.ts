import { compat } from '@arcp/compat'
import { serveStdio } from '@arcp/transport-stdio'
import { agentsOfAllKinds } from './our-runtime'

// Python reads lines of 64 KiB.
const { runtime } = agentsOfAllKinds({ limits: { maxFrameBytes: 65_536 } })
void serveStdio(compat(runtime)).then(() => runtime.close())
