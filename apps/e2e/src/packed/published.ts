import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The fields of a package.json that the packaging tests read. */
export interface Manifest {
  name: string
  private?: boolean
  dependencies?: Record<string, string>
  exports: Record<string, unknown>
}

/** The root of the workspace. */
export const workspace = fileURLToPath(new URL('../../../..', import.meta.url))

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest
}

/** The manifests of every package that is published. */
export const published: readonly Manifest[] = readdirSync(join(workspace, 'packages'))
  .map((folder) => join(workspace, 'packages', folder, 'package.json'))
  .filter((path) => existsSync(path))
  .map(readManifest)
  .filter((manifest) => !manifest.private)

/** What an import of each export of a package names: `@arcp/protocol`, `@arcp/protocol/transport` … */
export const specifiers = ({ name, exports }: Manifest): string[] =>
  Object.keys(exports).map((subpath) => name + subpath.slice(1))

/** The packages that hold nothing of Node. */
export const anywhere: readonly string[] = ['@arcp/protocol', '@arcp/client', '@arcp/compat']
