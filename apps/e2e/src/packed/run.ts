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

/** Runs pnpm, which need not be installed: the one that runs the tests, if one does, else one that npx fetches. */
export function pnpm(args: readonly string[], cwd: string): Promise<string> {
  const { npm_execpath = '' } = process.env
  return /pnpm\.c?js$/.test(npm_execpath)
    ? run(process.execPath, [npm_execpath, ...args], cwd)
    : run('npx', ['--yes', 'pnpm@10', ...args], cwd)
}
