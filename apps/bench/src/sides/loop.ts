import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { Digest } from '../digest'

/** A frame as the loop reads it. */
export interface Frame {
  readonly id: string
  readonly type: string
  readonly payload: Readonly<Record<string, unknown>>
}

/** Bytes that may wait in a socket before whoever sends waits, too. */
const HIGH_WATER = 1024 * 1024

const SESSION = 'sess_01J9ZK3V7Q8M2N4P6R8T0W2Y4A'
const JOB = 'job_01J9ZK3V7Q8M2N4P6R8T0W2Y4B'
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'

let messages = 0

export function nextId(): string {
  return `msg_01J9ZK3V7Q8M2N4P${1_000_000_000 + messages++}`
}

/** An envelope with the same fields as the protocol's, written out. */
export function write(type: string, payload: object, event_seq?: number, id = nextId()): string {
  return JSON.stringify({
    arcp: '1.1',
    id,
    type,
    session_id: SESSION,
    job_id: JOB,
    trace_id: TRACE,
    event_seq,
    payload,
  })
}

/** An event, written out. */
export function writeEvent(type: string, seq: number, body: object): string {
  return write(type, { seq, ts: new Date().toISOString(), ...body }, seq)
}

export function read(data: WebSocket.RawData): Frame {
  return JSON.parse(String(data))
}

/** Listens on a free port until the process ends, and hands over each connection. */
export async function serveLoop(connected: (socket: WebSocket) => void): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  server.on('connection', connected)
  await once(server, 'listening')
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export async function dialLoop(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  await once(socket, 'open')
  return socket
}

/** Sends a frame; where too much waits already, resolves when it has left. */
export function send(socket: WebSocket, text: string): Promise<void> | undefined {
  if (socket.bufferedAmount <= HIGH_WATER) {
    socket.send(text)
    return undefined
  }
  return new Promise((resolve) => socket.send(text, () => resolve()))
}

/** Hands what comes to `take` until that says it was the last. @throws what `take` throws */
export function follow(socket: WebSocket, take: (frame: Frame) => boolean | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const arrived = (data: WebSocket.RawData) => {
      try {
        if (!take(read(data))) return
        resolve()
      } catch (error) {
        reject(error)
      }
      socket.off('message', arrived)
    }
    socket.on('message', arrived)
  })
}

/** Takes the progress of a job up to its end. @throws when that is not what was sent */
export async function followProgress(socket: WebSocket, count: number): Promise<void> {
  const digest = new Digest()
  await follow(socket, ({ type, payload }) => {
    if (type === 'job.progress') digest.add(payload.current as number)
    return type === 'job.completed'
  })
  digest.expectUpTo(count)
}
