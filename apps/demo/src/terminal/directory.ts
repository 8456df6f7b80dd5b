import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { visible } from '../visible'
import { EXIT, Fail } from './fail'

/**
 * The full path of the directory a user named. A relative one counts from where the command was typed: a
 * package manager runs scripts elsewhere and tells that place in `INIT_CWD`. Throws {@link Fail} if there is
 * no such directory.
 */
export async function resolveDirectory(
  dir: string,
  where: { readonly env: NodeJS.ProcessEnv; readonly cwd: string },
): Promise<string> {
  const path = resolve(where.env.INIT_CWD ?? where.cwd, dir)
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) return path
  const problem = found === undefined ? 'no such directory' : 'not a directory'
  throw new Fail(`${problem}: ${visible(path)}`, { exitCode: EXIT.noSuchDirectory })
}
