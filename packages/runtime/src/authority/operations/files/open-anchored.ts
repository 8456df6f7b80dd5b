import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { FileSystem } from './file-system'
import type { Deny, Opening } from './opening'

/** Opens nothing, but holds on to it. Of Linux, and missing in `node:fs`. */
const O_PATH = 0o10000000

/**
 * {@link Opening} for Linux: takes hold of the directory first, looks where it is, and reaches what is in it through
 * that hold alone. Nothing outside is ever opened, made or changed, whatever is swapped meanwhile.
 */
export const openAnchored: Opening = {
  lookFlags: O_PATH | constants.O_NOFOLLOW,

  async open(fs, target, flags, onChanged) {
    const folder = await hold(fs, target, onChanged)
    try {
      const handle = await fs.open(pathOf(folder, target), flags)
      return { handle, entries: () => fs.opendir(pathOf(handle, '.')), confirm: async () => {} }
    } finally {
      await folder.close()
    }
  },

  async makeDirectory(fs, target, onChanged) {
    const folder = await hold(fs, target, onChanged)
    try {
      await fs.mkdir(pathOf(folder, target))
    } finally {
      await folder.close()
    }
  },
}

/** Holds on to the directory that `target` is in. */
async function hold(fs: FileSystem, target: string, onChanged: Deny): Promise<FileHandle> {
  const folder = await fs.open(dirname(target), O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    if ((await fs.readlink(`/proc/self/fd/${folder.fd}`)) !== dirname(target)) await onChanged()
    return folder
  } catch (error) {
    await folder.close()
    throw error
  }
}

function pathOf({ fd }: FileHandle, target: string): string {
  return `/proc/self/fd/${fd}/${basename(target)}`
}
