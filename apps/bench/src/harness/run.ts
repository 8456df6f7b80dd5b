import type { Reading, Row } from '../row'
import type { DriverCalls, Task, WorkerCalls } from './calls'
import type { Cores } from './cores'
import { startWorker, type Worker } from './process'

/** What {@link measure} needs. */
export interface Bench {
  /** The script of a worker. */
  readonly worker: string
  readonly cores: Cores | undefined
  readonly runs: number
  /** How much of a row's work a run does, from 0 to 1. */
  readonly scale: number
}

/** What was measured of a row, run by run. */
export interface Measured {
  readonly row: Row
  readonly size: number
  readonly ours: readonly Reading[]
  /** Empty where there is nothing to compare with. */
  readonly loop: readonly Reading[]
}

/** Measures a row: ours and the loop by turns, each run in new processes. */
export async function measure(row: Row, bench: Bench): Promise<Measured> {
  const size = Math.max(1, Math.round(row.size * bench.scale))
  const ours: Reading[] = []
  const loop: Reading[] = []
  if (row.alone) ours.push(await row.alone())
  for (let run = 0; row.sides && run < bench.runs; run++) {
    ours.push(await runSide({ row: row.name, side: 'ours' }, size, bench))
    loop.push(await runSide({ row: row.name, side: 'loop' }, size, bench))
  }
  return { row, size, ours, loop }
}

/** One run of one side: a server, a driver, and what the driver asks for in between. */
async function runSide(task: Task, size: number, { worker, cores }: Bench): Promise<Reading> {
  const workers: Worker[] = []
  const start = (core: number | undefined, answers?: DriverCalls): WorkerCalls => {
    const started = startWorker(worker, core, answers)
    workers.push(started)
    return started.calls
  }
  try {
    const server = start(cores?.server)
    const url = await server.serve(task, size)
    let background: WorkerCalls | undefined
    const driver = start(cores?.client, {
      serverCpu: () => server.cpu(),
      serverMemory: () => server.memory(),
      async startBackground() {
        background = start(cores?.client)
        await background.startBackground(task, url)
      },
      async stopBackground() {
        await background?.stopBackground()
      },
    })
    return await driver.drive(task, url, size)
  } finally {
    for (const { stop } of workers) await stop()
  }
}
