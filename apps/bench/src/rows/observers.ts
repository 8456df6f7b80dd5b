import { agent } from '@arcp/protocol'
import { implement } from '@arcp/runtime'
import type { WebSocket } from 'ws'
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

/** Sessions that follow the job: who submitted it, and those who only watch. */
const FOLLOWERS = 20

let begin = () => {}

/** Emits once `begin` has been submitted. */
const watched = implement(agent({ name: 'watched', version: '1.0.0' }), async (input, ctx) => {
  const count = Number(input)
  await new Promise<void>((resolve) => {
    begin = resolve
  })
  for (let current = 1; current <= count; current++) await ctx.progress(progress(current, count))
})

const beginAgent = implement(agent({ name: 'begin', version: '1.0.0' }), () => begin())

const ours: Side = {
  // A job goes at its owner's pace. Whoever watches may fall behind, and here all is to be delivered.
  serve: (size) => serveAgents([watched, beginAgent], { logEvents: size + 100 }),
  async drive(drive) {
    const [owner, ...others] = await Promise.all(
      Array.from({ length: FOLLOWERS }, () => connectTo(drive.url)),
    )
    if (!owner) throw new Error('there is nobody')
    const follow = async (count: number) => {
      const job = await owner.submit('watched', count)
      const jobs = [job, ...(await Promise.all(others.map((other) => other.subscribe(job.id))))]
      const read = jobs.map((followed) => followProgress(followed, count))
      await owner.submit('begin', null)
      await Promise.all(read)
    }
    await follow(Math.ceil(drive.size / 4))
    return perSecond(drive.size * FOLLOWERS, await timed(drive, () => follow(drive.size)))
  },
}

const followers = new Set<WebSocket>()

const loop: Side = {
  serve: () =>
    serveLoop((socket) => {
      followers.add(socket)
      socket.on('message', async (data) => {
        const count = Number(read(data).payload.input)
        for (let current = 1; current <= count; current++) {
          for (const follower of followers) {
            const wait = send(follower, writeEvent('job.progress', current, progress(current, count)))
            if (wait) await wait
          }
        }
        for (const follower of followers) {
          follower.send(writeEvent('job.completed', count + 1, { result: null }))
        }
      })
    }),
  async drive(drive) {
    const sockets = await Promise.all(Array.from({ length: FOLLOWERS }, () => dialLoop(drive.url)))
    const follow = async (count: number) => {
      sockets[0]?.send(write('job.submit', { agent: 'watched', input: count }))
      await Promise.all(sockets.map((socket) => followLoop(socket, count)))
    }
    await follow(Math.ceil(drive.size / 4))
    return perSecond(drive.size * FOLLOWERS, await timed(drive, () => follow(drive.size)))
  },
}

export const observers: Row = {
  name: 'observers',
  title: `deliveries of one job to ${FOLLOWERS} observers`,
  unit: 'deliveries/s',
  against: 'loop',
  aim: { atLeast: 1 },
  size: 20_000,
  sides: { ours, loop },
}
