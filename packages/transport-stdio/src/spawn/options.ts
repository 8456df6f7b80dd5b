import { refuseOthers, systemTimers, type Timers } from '@arcp/protocol'

/** Options of `spawnRuntime`. */
export interface SpawnRuntimeOptions {
  /** The child's working directory. Default: this process's. */
  readonly cwd?: string
  /** The child's whole environment. Default: this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /**
   * What becomes of the text the child writes to its stderr, and of lines on its stdout that are no frames: `inherit`
   * (default) writes it to this process's stderr, `ignore` drops it, a function gets it piece by piece as it comes and
   * must not throw. The end of it is in the error that tells of the child's death, whatever is chosen here.
   */
  readonly stderr?: 'inherit' | 'ignore' | ((text: string) => void)
  /**
   * How long a child may take to end by itself once its stdin has ended, in milliseconds. Then it gets SIGTERM, and
   * 2,000 ms later SIGKILL. Default 5,000.
   */
  readonly closeTimeoutMs?: number
  /**
   * The largest frame taken, in bytes of UTF-8; a larger one closes the connection with 1009. Default 16 MiB. A
   * runtime sends none above its own `max_frame_bytes`, 1 MiB unless configured.
   */
  readonly maxFrameBytes?: number
  /** Measures the waits. Default: the machine's. */
  readonly clock?: Timers
}

/** What to start and how, every default filled in. */
export interface SpawnSettings {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string | undefined
  readonly env: Readonly<Record<string, string | undefined>> | undefined
  readonly stderr: 'inherit' | 'ignore' | ((text: string) => void)
  readonly closeTimeoutMs: number
  readonly maxFrameBytes: number
  readonly clock: Timers
}

/** @throws TypeError for an option there is none of */
export function spawnSettings(
  command: string,
  args: readonly string[],
  options: SpawnRuntimeOptions,
): SpawnSettings {
  const {
    cwd,
    env,
    stderr = 'inherit',
    closeTimeoutMs = 5_000,
    maxFrameBytes = 16 * 1024 * 1024,
    clock = systemTimers,
    ...others
  } = options
  refuseOthers(others)
  return { command, args, cwd, env, stderr, closeTimeoutMs, maxFrameBytes, clock }
}
