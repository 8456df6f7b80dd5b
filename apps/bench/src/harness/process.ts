import { fork } from 'node:child_process'
import { once } from 'node:events'
import { call, type DriverCalls, type WorkerCalls } from './calls'

/** A worker process. */
export interface Worker {
  readonly calls: WorkerCalls
  /** Kills it; resolves when it is gone. */
  stop(): Promise<void>
}

/** Starts a worker, pinned to `core` if there is one. What it is asked rejects once it has ended. */
export function startWorker(
  path: string,
  core: number | undefined,
  answers: DriverCalls | Record<string, never> = {},
): Worker {
  const command = core === undefined ? [process.execPath] : ['taskset', '-c', String(core), process.execPath]
  const [execPath = process.execPath, ...execArgv] = [...command, '--expose-gc']
  const child = fork(path, [], { execPath, execArgv, serialization: 'advanced' })
  const ended = once(child, 'exit')
  const calls = call<WorkerCalls, typeof answers>(child, answers)
  const gone = ended.then(([code]) => {
    throw new Error(`a worker ended with ${code}`)
  })
  gone.catch(() => {})
  const asked =
    <Args extends unknown[], Answer>(ask: (...args: Args) => Promise<Answer>) =>
    (...args: Args) =>
      Promise.race([ask(...args), gone])
  return {
    calls: {
      serve: asked(calls.serve),
      drive: asked(calls.drive),
      startBackground: asked(calls.startBackground),
      stopBackground: asked(calls.stopBackground),
      cpu: asked(calls.cpu),
      memory: asked(calls.memory),
    },
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
