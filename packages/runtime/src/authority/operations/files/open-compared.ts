import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { FileSystem } from './file-system'
import { type Deny, type Opening, SAFE_FLAGS } from './opening'

/**
 * {@link Opening} for systems that do not tell where something open is: opens it, and compares it afterwards with what
 * stands at the path. Whoever swaps a directory twice within one opening may get by; a swap at the right moment may
 * leave an empty file or directory elsewhere, or show the names in another directory.
 */
export const openCompared: Opening = {
  lookFlags: constants.O_RDONLY | SAFE_FLAGS,

  async open(fs, target, flags, onChanged) {
    const handle = await fs.open(target, flags)
    const confirm = () => compare(fs, handle, target, onChanged)
    try {
      await confirm()
      return { handle, entries: () => fs.opendir(target), confirm }
    } catch (error) {
      await handle.close()
      throw error
    }
  },

  async makeDirectory(fs, target, onChanged) {
    if ((await fs.realpath(dirname(target))) !== dirname(target)) await onChanged()
    await fs.mkdir(target)
  },
}

async function compare(fs: FileSystem, handle: FileHandle, target: string, onChanged: Deny): Promise<void> {
  const isMoved = (await fs.realpath(target)) !== target
  const [opened, named] = await Promise.all([
    handle.stat({ bigint: true }),
    fs.lstat(target, { bigint: true }),
  ])
  if (isMoved || opened.dev !== named.dev || opened.ino !== named.ino) await onChanged()
}
