import { lstat, mkdir, open, opendir, readlink, realpath } from 'node:fs/promises'
import { realPathOf } from '../../real-path'

/** What guarded file operations ask of the system, in a form that a test can come between. */
export interface FileSystem {
  readonly lstat: typeof lstat
  readonly mkdir: typeof mkdir
  readonly open: typeof open
  readonly opendir: typeof opendir
  readonly readlink: typeof readlink
  readonly realpath: typeof realpath
  readonly realPathOf: typeof realPathOf
}

/** The file system of the machine. */
export const machineFiles: FileSystem = { lstat, mkdir, open, opendir, readlink, realpath, realPathOf }
