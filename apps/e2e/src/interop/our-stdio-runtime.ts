import { compat } from '@arcp/compat'
import { serveStdio } from '@arcp/transport-stdio'
import { LINE_BYTES } from './links'
import { agentsOfAllKinds } from './our-runtime'

const { runtime } = agentsOfAllKinds({ limits: { maxFrameBytes: LINE_BYTES } })
void serveStdio(compat(runtime)).then(() => runtime.close())
