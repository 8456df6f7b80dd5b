import type { Drive, Reading } from './row'

/** What some work took. */
export interface Timing {
  readonly ms: number
  /** Processor time of both processes. */
  readonly cpuMs: number
}

/** Does the work and tells what it took, in time of day and of both processors. */
export async function timed(drive: Drive, work: () => Promise<void>): Promise<Timing> {
  const server = await drive.serverCpu()
  const client = process.cpuUsage()
  const began = performance.now()
  await work()
  const ms = performance.now() - began
  const { user, system } = process.cpuUsage(client)
  return { ms, cpuMs: (user + system) / 1000 + (await drive.serverCpu()) - server }
}

/** So many units of work, as a rate. */
export function perSecond(units: number, { ms, cpuMs }: Timing): Reading {
  return { value: (units / ms) * 1000, cpuMicros: (cpuMs / units) * 1000 }
}

/** How long each of `count` steps takes, one after the other, in milliseconds. */
export async function sampled(count: number, step: (index: number) => Promise<void>): Promise<number[]> {
  const samples: number[] = []
  for (let index = 0; index < count; index++) {
    const began = performance.now()
    await step(index)
    samples.push(performance.now() - began)
  }
  return samples
}
