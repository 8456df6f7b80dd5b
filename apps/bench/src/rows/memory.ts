import type { Drive, Reading, Row, Side } from '../row'
import { connectTo, serveAgents } from '../sides/arcp'
import { dialLoop, read, serveLoop, write } from '../sides/loop'

const KIB = 1024
/** Handshakes that are under way at once. */
const AT_ONCE = 50

/** Sessions opened before the measured ones: they bring along what loads once, and a heap that has grown. */
const WARM_UP = 1_000

/** What the server grows by for each of many sessions. */
async function perSession(drive: Drive, open: () => Promise<unknown>): Promise<Reading> {
  const opened: unknown[] = []
  const openMany = async (count: number) => {
    for (let left = count; left > 0; left -= AT_ONCE) {
      opened.push(...(await Promise.all(Array.from({ length: Math.min(AT_ONCE, left) }, open))))
    }
  }
  const warmUp = Math.min(WARM_UP, drive.size)
  await openMany(warmUp)
  const before = await drive.serverMemory()
  await openMany(drive.size)
  const bytes = (await drive.serverMemory()) - before
  if (opened.length !== drive.size + warmUp) throw new Error('not all sessions were opened')
  return { value: bytes / drive.size / KIB }
}

const ours: Side = {
  serve: () => serveAgents([], { sessionsPerPrincipal: 10_000 }),
  drive: (drive) => perSession(drive, () => connectTo(drive.url)),
}

const loop: Side = {
  serve: () =>
    serveLoop((socket) => {
      socket.on('message', (data) => {
        const { id } = read(data)
        socket.send(write('session.welcome', { request_id: id }))
      })
    }),
  drive: (drive) =>
    perSession(drive, async () => {
      const socket = await dialLoop(drive.url)
      const welcome = new Promise((resolve) => socket.once('message', resolve))
      socket.send(write('session.hello', { auth: { scheme: 'bearer', token: 'bench' } }))
      await welcome
      return socket
    }),
}

export const memory: Row = {
  name: 'memory',
  title: 'memory per idle session',
  unit: 'KiB',
  against: 'loop',
  aim: { atMost: 1.5 },
  size: 4_000,
  sides: { ours, loop },
}
