import { constants, type Dir } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import type { FileSystem } from './file-system'

/** A way to open files so that what is open is what was checked, whoever moves things about meanwhile. */
export interface Opening {
  /**
   * Opens what stands at an absolute path that leads through no link.
   *
   * @param onChanged called when something else stands there by now; throws
   */
  open(fs: FileSystem, target: string, flags: number, onChanged: Deny): Promise<Opened>
  /** Makes a directory there. */
  makeDirectory(fs: FileSystem, target: string, onChanged: Deny): Promise<void>
  /** The flags that open something only to look at what it is. */
  readonly lookFlags: number
}

/** Something that is open. Whoever asked for it closes its handle. */
export interface Opened {
  readonly handle: FileHandle
  /** What is in it, being a directory. */
  entries(): Promise<Dir>
  /** To be called when its entries are read: throws if they may be another's. */
  confirm(): Promise<void>
}

/** Says no. */
export type Deny = () => Promise<never>

/** The flags of every opening: no link is followed, no pipe waited for, no terminal taken over. */
export const SAFE_FLAGS = constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY
