import { statSync } from 'node:fs'
import { ConnectionError } from '@arcp/protocol'
import type { SpawnSettings } from './options'

type Command = Pick<SpawnSettings, 'command' | 'args' | 'cwd'>

/** The error of a child that could not be started: what was to be, why not, and what most likely helps. */
export function spawnFailure(command: Command, cause: unknown): ConnectionError {
  return new ConnectionError(`cannot start ${shown(command)}: ${why(command, cause)}`, { cause })
}

/** How a child has ended, with the end of what it had to say. */
export function deathOf(
  command: Command,
  code: number | null,
  signal: NodeJS.Signals | null,
  lastLines: string,
): string {
  const how = signal ? `was ended by ${signal}` : `exited with code ${code}`
  const said = lastLines ? `; the last it wrote to stderr:\n${lastLines}` : ' and wrote nothing to stderr'
  return `${shown(command)} ${how}${said}`
}

/** A command as messages show it: up to its first option, for what follows may be long, or secret. */
function shown({ command, args }: Command): string {
  const options = args.findIndex((arg) => arg.startsWith('-'))
  return [command, ...(options < 0 ? args : args.slice(0, options))].join(' ')
}

function why({ command, args, cwd }: Command, cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    if (cwd !== undefined && !isDirectory(cwd)) return `its working directory ${cwd} does not exist (${code})`
    if (args.length === 0 && /\s/.test(command))
      return `there is no such program (${code}); arguments belong into the second parameter, as an array`
    return `there is no such program (${code}); is it installed, spelled right, and on the PATH?`
  }
  if (code === 'EACCES')
    return `it may not be executed (${code}); make it executable, or start it by its interpreter, as in node FILE`
  if (code === 'EMFILE' || code === 'EAGAIN' || code === 'ENOMEM')
    return `this machine has too much running or open (${code}); is each client closed that is not used any more?`
  return cause instanceof Error ? cause.message : String(cause)
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
