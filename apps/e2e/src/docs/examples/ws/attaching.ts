import type { Server } from 'node:http'
import type { Runtime } from '@arcp/runtime'
import { type Attachment, attach } from '@arcp/transport-ws/server'

export function addTo(httpServer: Server, runtime: Runtime): Attachment {
  return attach(runtime, httpServer, {
    hosts: ['runtime.example.com'],
    origins: ['https://app.example.com'],
  })
}
