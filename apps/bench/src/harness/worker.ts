// A process of a measurement: a server, a driver, or what goes on in the background, as it is asked.
import type { Background, Side } from '../row'
import { rows } from '../rows'
import { call, type DriverCalls, type Task, type WorkerCalls } from './calls'

let background: Background | undefined

const calls: WorkerCalls = {
  serve: (task, size) => sideOf(task).serve(size),
  drive: (task, url, size) => sideOf(task).drive({ url, size, ...asking }),
  async startBackground(task, url) {
    background = await sideOf(task).background?.(url)
  },
  async stopBackground() {
    await background?.stop()
  },
  async cpu() {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  },
  async memory() {
    for (let i = 0; i < 3; i++) globalThis.gc?.()
    return process.memoryUsage.rss()
  },
}

const parent = call<DriverCalls, WorkerCalls>(process, calls)

const asking: DriverCalls = {
  serverCpu: () => parent.serverCpu(),
  serverMemory: () => parent.serverMemory(),
  startBackground: () => parent.startBackground(),
  stopBackground: () => parent.stopBackground(),
}

function sideOf({ row, side }: Task): Side {
  const found = rows.find(({ name }) => name === row)?.sides?.[side]
  if (!found) throw new Error(`no row ${row}`)
  return found
}
