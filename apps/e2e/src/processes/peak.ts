/** How far a process grew beyond where it stood. */
export interface Peak {
  /** Resident bytes before the work. */
  readonly idle: number
  /** The most there were while it went on, looked at ten times a second. */
  readonly peak: number
}

const SAMPLE_MS = 100

/** Watches this process's memory; `end` tells what it came to. */
export function watchPeak(): { end(): Peak } {
  globalThis.gc?.()
  const idle = process.memoryUsage.rss()
  let peak = idle
  const look = () => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }
  const timer = setInterval(look, SAMPLE_MS)
  return {
    end() {
      clearInterval(timer)
      look()
      return { idle, peak }
    },
  }
}
