import type { Client } from '@arcp/client'
import { agent } from '@arcp/protocol'
import { type Implementation, implement } from '@arcp/runtime'
import type { WebSocket } from 'ws'
import { type Frame, nextId, read, send, write, writeEvent } from './loop'

const TOKEN = `arj_${'x'.repeat(100)}`

/** What an acceptance says beside its `request_id`. */
const ACCEPTED = {
  agent: 'echo@1.0.0',
  lease: {},
  resume_token: TOKEN,
  first_seq: 1,
  log_epoch: 'AAAAAAAAAAAA',
}

/** Returns its input. */
export const echo: Implementation = implement(agent({ name: 'echo', version: '1.0.0' }), (input) => input)

/** Submits a job that returns `value`, and waits for its result. @throws when that is another */
export async function echoJob(client: Client, value: number): Promise<void> {
  const job = await client.submit('echo', value)
  checkEcho(value, await job.result())
}

/** The loop's part for each job: what the protocol says of one, from its acceptance to its end. */
export function serveEcho(socket: WebSocket): void {
  socket.on('message', (data) => {
    const { id, payload } = read(data)
    if (payload.agent !== 'echo') return
    send(
      socket,
      write('job.accepted', { request_id: id, accepted_at: new Date().toISOString(), ...ACCEPTED }),
    )
    send(socket, writeEvent('job.queued', 1, { agent: 'echo@1.0.0', position: 0 }))
    send(socket, writeEvent('job.started', 2, { agent: 'echo@1.0.0', attempt: 1, resume_token: TOKEN }))
    send(socket, writeEvent('job.completed', 3, { result: payload.input, request_id: id }))
  })
}

/** The loop's own client of that. */
export class EchoLoop {
  readonly #socket: WebSocket
  readonly #waiting = new Map<unknown, (frame: Frame) => void>()

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data) => {
      const frame = read(data)
      if (frame.type !== 'job.completed') return
      const done = this.#waiting.get(frame.payload.request_id)
      this.#waiting.delete(frame.payload.request_id)
      done?.(frame)
    })
  }

  async job(value: number): Promise<void> {
    const id = nextId()
    const answer = new Promise<Frame>((resolve) => this.#waiting.set(id, resolve))
    this.#socket.send(write('job.submit', { agent: 'echo', input: value }, undefined, id))
    checkEcho(value, (await answer).payload.result)
  }
}

function checkEcho(sent: number, got: unknown): void {
  if (got !== sent) throw new Error(`${sent} came back as ${got}`)
}
