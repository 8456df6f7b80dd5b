import { agent } from '@arcp/protocol'
import { implement } from '@arcp/runtime'
import { progress } from '../progress'
import type { Row, Side } from '../row'
import { connectTo, followProgress, serveAgents } from '../sides/arcp'
import {
  dialLoop,
  followProgress as followLoop,
  read,
  send,
  serveLoop,
  write,
  writeEvent,
} from '../sides/loop'
import { perSecond, timed } from '../timing'

const emit = implement(agent({ name: 'emit', version: '1.0.0' }), async (input, ctx) => {
  const count = Number(input)
  for (let current = 1; current <= count; current++) await ctx.progress(progress(current, count))
})

const ours: Side = {
  serve: () => serveAgents([emit]),
  async drive(drive) {
    const client = await connectTo(drive.url)
    const follow = async (count: number) => {
      await followProgress(await client.submit('emit', count), count)
    }
    await follow(Math.ceil(drive.size / 4))
    return perSecond(drive.size, await timed(drive, () => follow(drive.size)))
  },
}

const loop: Side = {
  serve: () =>
    serveLoop((socket) => {
      socket.on('message', async (data) => {
        const count = Number(read(data).payload.input)
        for (let current = 1; current <= count; current++) {
          const wait = send(socket, writeEvent('job.progress', current, progress(current, count)))
          if (wait) await wait
        }
        socket.send(writeEvent('job.completed', count + 1, { result: null }))
      })
    }),
  async drive(drive) {
    const socket = await dialLoop(drive.url)
    const follow = async (count: number) => {
      socket.send(write('job.submit', { agent: 'emit', input: count }))
      await followLoop(socket, count)
    }
    await follow(Math.ceil(drive.size / 4))
    return perSecond(drive.size, await timed(drive, () => follow(drive.size)))
  },
}

export const events: Row = {
  name: 'events',
  title: 'events of one job to one client',
  unit: 'events/s',
  against: 'loop',
  aim: { atLeast: 1 },
  size: 200_000,
  sides: { ours, loop },
}
