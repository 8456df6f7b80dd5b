import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const exec = promisify(execFile)

/** Runs a program to its end and returns what it printed; one that fails throws with all it printed. */
export async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await exec(program, args, { cwd, maxBuffer: 64 * 1024 * 1024 })
    return stdout
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string }
    throw new Error(`${program} ${args.join(' ')} failed\n${stdout}${stderr}`)
  }
}

/** Runs pnpm, which need not be installed. */
export const pnpm = (args: readonly string[], cwd: string): Promise<string> =>
  run('npx', ['--yes', 'pnpm@10', ...args], cwd)
